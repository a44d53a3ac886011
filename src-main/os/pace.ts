import { setTimeout as sleep } from 'node:timers/promises'

/** A pause shorter than this costs more than it saves. */
const shortestPauseMs = 5

/** How many bytes a second now; `undefined` is as fast as it goes. Asked for each piece, so that it may change. */
export type Rate = () => number | undefined

/** Replaced in tests. */
export interface PaceClock {
  /** Milliseconds since whenever. */
  now(): number
  /** Rejects when the signal ends it. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>
}

const realClock: PaceClock = {
  now: () => performance.now(),
  wait: (ms, signal) => sleep(ms, undefined, { signal }),
}

const smallestStepBytes = 4096

/** So many bytes a second, shared by all that pay to it. */
export class Pace {
  readonly #rate: Rate
  readonly #clock: PaceClock
  /** When the bytes so far are paid for. */
  #paidUntil: number

  constructor(rate: Rate, clock: PaceClock = realClock) {
    this.#rate = rate
    this.#clock = clock
    this.#paidUntil = clock.now()
  }

  /** Bytes of a tenth of a second: who takes no more at a time goes evenly, and hears of a cancel soon. */
  get step(): number {
    return Math.max(smallestStepBytes, Math.floor((this.#rate() ?? Number.MAX_SAFE_INTEGER) / 10))
  }

  /** Waits until so many bytes more are due. Without a signal only where somebody else ends what goes on too long. */
  async pay(bytes: number, signal?: AbortSignal): Promise<void> {
    const bytesPerSecond = this.#rate()
    if (bytesPerSecond === undefined) return
    // What was not used in the past is not saved up.
    this.#paidUntil = Math.max(this.#paidUntil, this.#clock.now()) + (bytes * 1000) / bytesPerSecond
    const waitMs = this.#paidUntil - this.#clock.now()
    if (waitMs >= shortestPauseMs) await this.#clock.wait(waitMs, signal)
  }

  async *through(source: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      yield piece
      await this.pay(piece.length, signal)
    }
  }
}
