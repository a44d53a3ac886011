import { setTimeout as sleep } from 'node:timers/promises'

/** A pause shorter than this costs more than it saves. */
const shortestPauseMs = 5

/** How many bytes a second now; `undefined` is as fast as it goes. Asked for each piece, so that it may change. */
export type Rate = () => number | undefined

/** So many bytes a second, shared by all that pay to it. */
export class Pace {
  readonly #rate: Rate
  readonly #now: () => number
  /** When the bytes so far are paid for. */
  #paidUntil: number

  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate
    this.#now = now
    this.#paidUntil = now()
  }

  /** Waits until so many bytes more are due. Without a signal only where somebody else ends what goes on too long. */
  async pay(bytes: number, signal?: AbortSignal): Promise<void> {
    const bytesPerSecond = this.#rate()
    if (bytesPerSecond === undefined) return
    // What was not used in the past is not saved up.
    this.#paidUntil = Math.max(this.#paidUntil, this.#now()) + (bytes * 1000) / bytesPerSecond
    const waitMs = this.#paidUntil - this.#now()
    if (waitMs >= shortestPauseMs) await sleep(waitMs, undefined, { signal })
  }

  async *through(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      yield piece
      await this.pay(piece.length, signal)
    }
  }
}
