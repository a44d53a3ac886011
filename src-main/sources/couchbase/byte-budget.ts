/**
 * A number of bytes that are shared out in the order of turns: nobody takes before all earlier ones have, so whoever is
 * waited for is never kept waiting by those that come after.
 */
export class ByteBudget {
  readonly #limit: bigint
  readonly #signal: AbortSignal
  readonly #waiting = new Map<number, { readonly bytes: bigint; grant(): void; fail(reason: unknown): void }>()
  readonly #passed = new Set<number>()
  #next = 0
  #taken = 0n

  constructor(limit: bigint, signal: AbortSignal) {
    this.#limit = limit
    this.#signal = signal
    signal.addEventListener('abort', () => this.#failAll(), { once: true })
  }

  get limit(): bigint {
    return this.#limit
  }

  /** Waits for its turn, and until so many bytes are free. More than the limit can never be: ask first. */
  async take(turn: number, bytes: bigint): Promise<void> {
    this.#signal.throwIfAborted()
    if (bytes > this.#limit) throw new RangeError(`${bytes} of ${this.#limit} bytes`)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.set(turn, { bytes, grant: resolve, fail: reject })
    this.#share()
    return promise
  }

  /** The turn needs nothing, or has had what it needs. May be called twice. */
  pass(turn: number): void {
    if (turn >= this.#next) this.#passed.add(turn)
    this.#share()
  }

  /** For what must not wait: the others are later by as much. */
  force(bytes: bigint): void {
    this.#taken += bytes
  }

  give(bytes: bigint): void {
    this.#taken -= bytes
    this.#share()
  }

  #share(): void {
    for (;;) {
      const waiting = this.#waiting.get(this.#next)
      if (waiting) {
        if (this.#taken + waiting.bytes > this.#limit) return
        this.#taken += waiting.bytes
        this.#waiting.delete(this.#next)
        waiting.grant()
      } else if (!this.#passed.has(this.#next)) return
      this.#passed.delete(this.#next)
      this.#next += 1
    }
  }

  #failAll(): void {
    for (const { fail } of this.#waiting.values()) fail(this.#signal.reason)
    this.#waiting.clear()
  }
}
