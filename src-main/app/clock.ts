/** Time as a parameter, so that a test can live through two weeks in a second. */
export interface Clock {
  /** Unix milliseconds of the wall clock: it may jump, and stands still for nobody while the computer sleeps. */
  now(): number
  /** Calls back once after about `delayMs`. The result cancels it. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void
}

/** The longest delay a timer of Node takes; a longer one would fire at once. */
const maximumDelayMs = 2_147_483_647

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), maximumDelayMs))
    timer.unref()
    return () => clearTimeout(timer)
  },
}
