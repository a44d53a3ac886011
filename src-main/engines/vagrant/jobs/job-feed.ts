import { ChangeSignal } from '../wire/change-signal.ts'
import type { JobChange } from './job-queue.ts'

/** One to many, the newest change of each job: a slow listener skips what was overtaken and holds nobody up. */
export class JobFeed {
  readonly #listeners = new Set<(id: string, change: JobChange) => void>()

  publish(id: string, change: JobChange): void {
    for (const listener of this.#listeners) listener(id, change)
  }

  /** `whole` is asked after the subscription, so that nothing is lost in between. Ends when the signal aborts. */
  async *subscribe(whole: () => readonly JobChange[], signal: AbortSignal): AsyncGenerator<JobChange, void, undefined> {
    let pending = new Map<string, JobChange>()
    const arrived = new ChangeSignal()
    const listen = (id: string, change: JobChange): void => {
      pending.delete(id)
      pending.set(id, change)
      arrived.notify()
    }
    this.#listeners.add(listen)
    try {
      yield* whole()
      while (!signal.aborted) {
        const { version } = arrived
        const batch = [...pending.values()]
        pending = new Map()
        yield* batch
        if (batch.length === 0) await arrived.changed(version, signal).catch(() => undefined)
      }
    } finally {
      this.#listeners.delete(listen)
    }
  }
}
