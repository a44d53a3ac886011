import type { ChangedArea } from '../../../src-shared/contract/app.ts'
import { LiveFeed } from '../live-feed.ts'

const everyArea: readonly ChangedArea[] = ['plans', 'repositories', 'snapshots', 'settings', 'keys', 'pause']
const pauseMs = 250

/** Tells views which lists to read again. */
export class Changes {
  readonly #feed = new LiveFeed<ChangedArea, ChangedArea>()
  readonly #listeners = new Set<(area: ChangedArea) => void>()

  changed(...areas: readonly ChangedArea[]): void {
    for (const area of areas) {
      this.#feed.publish(area, area, false)
      for (const listener of this.#listeners) listener(area)
    }
  }

  /** For the parts of the app itself; at once and synchronously. */
  listen(listener: (area: ChangedArea) => void): void {
    this.#listeners.add(listener)
  }

  async *follow(signal: AbortSignal | undefined): AsyncGenerator<{ areas: ChangedArea[] }> {
    const changes = this.#feed.subscribe(pauseMs, signal)
    yield { areas: [...everyArea] }
    for await (const areas of changes) yield { areas }
  }

  close(): void {
    this.#feed.close()
  }
}
