import type { Clock } from '../clock.ts'

/** A wall clock for tests: it moves only when told, sleeps like a laptop and can be set like one. */
export class SimulatedClock implements Clock {
  #wallMs: number
  /** Runs only while the computer is awake, as the timers of Node do. */
  #awakeMs = 0
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = []

  constructor(startMs: number) {
    this.#wallMs = startMs
  }

  now(): number {
    return this.#wallMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#awakeMs + Math.max(0, delayMs), callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Lives through the time, timer by timer; lets promises settle after each. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.#awakeMs + durationMs
    while (true) {
      const next = this.#timers.toSorted((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined || next.dueMs > endMs) break
      this.#advance(next.dueMs - this.#awakeMs)
      this.#timers = this.#timers.filter((timer) => timer !== next)
      next.callback()
      await settle()
    }
    this.#advance(endMs - this.#awakeMs)
  }

  /** The lid is closed: the wall clock goes on, timers do not. */
  sleep(durationMs: number): void {
    this.#wallMs += durationMs
  }

  /** Somebody sets the clock, forward or back. */
  jump(byMs: number): void {
    this.#wallMs += byMs
  }

  #advance(byMs: number): void {
    const whole = Math.max(0, byMs)
    this.#awakeMs += whole
    this.#wallMs += whole
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve()
}
