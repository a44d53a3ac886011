const pauseAfterMs = 20

/**
 * Lets the event loop run every 20 ms of synchronous work, so that a cancel is heard. Ask `isDue` once an entry; it
 * looks at the clock only now and then.
 */
export class Breather {
  readonly #signal: AbortSignal
  #calls = 0
  #since = performance.now()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.throwIfAborted()
  }

  /** `atOnce` looks at the clock in any case, after work that takes long by itself. */
  isDue(atOnce = false): boolean {
    this.#calls += 1
    return (atOnce || (this.#calls & 15) === 0) && performance.now() - this.#since >= pauseAfterMs
  }

  /** Throws the signal's reason if the work was cancelled. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    this.#signal.throwIfAborted()
    this.#since = performance.now()
  }
}
