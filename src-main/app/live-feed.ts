/**
 * One to many, the newest of each key: a subscriber that is slow skips what was overtaken and never makes anybody wait.
 * Memory is bounded by the number of keys.
 */
export class LiveFeed<Key, Value> {
  readonly #subscribers = new Set<Subscriber<Key, Value>>()

  /** `isUrgent` wakes subscribers at once; anything else waits for the end of their pause. */
  publish(key: Key, value: Value, isUrgent: boolean): void {
    for (const subscriber of this.#subscribers) subscriber.put(key, value, isUrgent)
  }

  /**
   * What is published from now on, until `signal` aborts. Subscribes at once, not at the first `next`, so that nothing is lost
   * between reading the whole and following the changes. At least `pauseMs` lie between two batches unless one is urgent.
   */
  subscribe(pauseMs: number, signal: AbortSignal | undefined): AsyncIterableIterator<Value[]> {
    const subscriber = new Subscriber<Key, Value>(pauseMs)
    this.#subscribers.add(subscriber)
    const end = (): void => {
      this.#subscribers.delete(subscriber)
      signal?.removeEventListener('abort', end)
      subscriber.end()
    }
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
    return {
      next: () => subscriber.next(),
      return: async () => {
        end()
        return { done: true, value: undefined }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const subscriber of this.#subscribers) subscriber.end()
    this.#subscribers.clear()
  }
}

class Subscriber<Key, Value> {
  readonly #pauseMs: number
  #pending = new Map<Key, Value>()
  #wake: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #lastAt = 0
  #isUrgent = false
  #isEnded = false

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs
  }

  put(key: Key, value: Value, isUrgent: boolean): void {
    if (this.#isEnded) return
    // Moves to the end: batches come in the order of the last change.
    this.#pending.delete(key)
    this.#pending.set(key, value)
    if (isUrgent) this.#isUrgent = true
    this.#schedule()
  }

  async next(): Promise<IteratorResult<Value[], undefined>> {
    while (true) {
      if (this.#isEnded) return { done: true, value: undefined }
      if (this.#pending.size > 0 && this.#isDue()) {
        const batch = [...this.#pending.values()]
        this.#pending = new Map()
        this.#isUrgent = false
        this.#lastAt = performance.now()
        return { done: false, value: batch }
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        this.#schedule()
      })
    }
  }

  end(): void {
    this.#isEnded = true
    clearTimeout(this.#timer)
    this.#wake?.()
  }

  #isDue(): boolean {
    return this.#isUrgent || performance.now() - this.#lastAt >= this.#pauseMs
  }

  #schedule(): void {
    if (this.#pending.size === 0 || this.#wake === undefined) return
    if (this.#isDue()) {
      clearTimeout(this.#timer)
      this.#timer = undefined
      const wake = this.#wake
      this.#wake = undefined
      wake()
      return
    }
    if (this.#timer !== undefined) return
    const waitMs = Math.max(1, this.#pauseMs - (performance.now() - this.#lastAt))
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#schedule()
    }, waitMs)
  }
}
