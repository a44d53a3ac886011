/** Time as the queue sees it; tests bring their own, so that two minutes cost them nothing. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Calls back once when `delayMs` are over. The result cancels it. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void
}

/** The longest delay a timer of Node takes; a longer one would fire at once. */
const longestMs = 2_147_483_647

export const systemClock: Clock = {
  now: Date.now,
  after(delayMs, callback) {
    let left = Math.max(0, delayMs)
    let timer: NodeJS.Timeout
    const arm = (): void => {
      const step = Math.min(left, longestMs)
      left -= step
      timer = setTimeout(() => (left > 0 ? arm() : callback()), step)
      timer.unref()
    }
    arm()
    return () => clearTimeout(timer)
  },
}
