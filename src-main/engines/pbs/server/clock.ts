import { setTimeout as sleep } from 'node:timers/promises'

/** Time as the server sees it; tests bring their own, so that a delay of three seconds costs them nothing. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number
  /** Rejects when the signal aborts. */
  delay(ms: number, signal: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: Date.now,
  async delay(ms, signal) {
    await sleep(ms, undefined, { signal })
  },
}

export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000)
}
