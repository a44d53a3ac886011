import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SecretId } from '../../../src-shared/model/ids.ts'
import type { KnownJobServer, OwnRunner, RunnerWish } from '../../../src-shared/model/known-job-server.ts'
import type { PlainError } from '../../../src-shared/model/plain-error.ts'
import { type BugLog, toPlainError } from '../contract-errors.ts'
import type { KnownServers } from './known-servers.ts'
import type { Work, WorkWish } from './work-as-runner.ts'

/** A server that is away is asked again this often. */
const retryEveryMs = 10_000
/** What is in hand when Holdfast ends gets this long to be told of. */
const leaveWithinMs = 3_000

export interface OwnRunnersParts {
  readonly known: KnownServers
  readonly bugs: BugLog
  /** Throws `job-server/…` when the server cannot be reached, or does not want it. */
  work(wish: WorkWish, signal: AbortSignal): Promise<Work>
}

interface Running {
  readonly stop: AbortController
  done: Promise<void>
  work?: Work
  error?: PlainError
}

/** What this computer does for job servers elsewhere, for as long as Holdfast runs. */
export class OwnRunners {
  readonly #parts: OwnRunnersParts
  readonly #running = new Map<SecretId, Running>()

  constructor(parts: OwnRunnersParts) {
    this.#parts = parts
  }

  /** Begins to work for every server that a person said so of. */
  start(): void {
    for (const server of this.#parts.known.list()) this.#begin(server)
  }

  states(): OwnRunner[] {
    return Array.from(this.#running, ([id, { work, error }]) => {
      if (error !== undefined) return { id, state: 'failed', error }
      return { id, state: work?.isConnected === true ? 'working' : 'connecting' }
    })
  }

  /** From now on and after each start; without a wish no more. Jobs in hand end first. Throws `input/invalid`. */
  async set(id: SecretId, wish: RunnerWish | undefined): Promise<KnownJobServer> {
    const server = this.#parts.known.setWork(id, wish)
    await this.restart(id)
    return server
  }

  /** With what is known of the server now: another token, perhaps. */
  async restart(id: SecretId): Promise<void> {
    await this.stop(id)
    const server = this.#parts.known.list().find((one) => one.id === id)
    if (server !== undefined) this.#begin(server)
  }

  async stop(id: SecretId): Promise<void> {
    const running = this.#running.get(id)
    this.#running.delete(id)
    running?.stop.abort()
    await running?.done
  }

  /** Ends within seconds, whatever is in hand. */
  async close(): Promise<void> {
    const all = [...this.#running.keys()].map((id) => this.stop(id))
    await Promise.race([Promise.all(all), sleep(leaveWithinMs, undefined, { ref: false })])
  }

  #begin({ id, work }: KnownJobServer): void {
    if (work === undefined) return
    const running: Running = { stop: new AbortController(), done: Promise.resolve() }
    this.#running.set(id, running)
    running.done = this.#run({ serverId: id, ...work }, running)
  }

  async #run(wish: WorkWish, running: Running): Promise<void> {
    const { signal } = running.stop
    while (!signal.aborted) {
      try {
        const work = await this.#parts.work(wish, signal)
        running.work = work
        try {
          await Promise.race([signal.aborted ? undefined : once(signal, 'abort'), work.failed])
        } finally {
          await work.close()
        }
      } catch (error) {
        if (signal.aborted) return
        if (!isAway(error)) {
          running.error = toPlainError(error, this.#parts.bugs)
          return
        }
        await sleep(retryEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'job-server/unreachable'
}
