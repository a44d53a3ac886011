import { setTimeout as sleep } from 'node:timers/promises'

/** A pause shorter than this costs more than it saves. */
const shortestPauseMs = 5

/** So many bytes a second, shared by all that go through it. */
export class Pace {
  readonly #bytesPerSecond: number
  readonly #now: () => number
  /** When the bytes so far are paid for. */
  #paidUntil: number

  constructor(bytesPerSecond: number, now: () => number = () => performance.now()) {
    this.#bytesPerSecond = bytesPerSecond
    this.#now = now
    this.#paidUntil = now()
  }

  async *through(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      yield piece
      // What was not used in the past is not saved up.
      this.#paidUntil = Math.max(this.#paidUntil, this.#now()) + (piece.length * 1000) / this.#bytesPerSecond
      const waitMs = this.#paidUntil - this.#now()
      if (waitMs >= shortestPauseMs) await sleep(waitMs, undefined, { signal })
    }
  }
}
