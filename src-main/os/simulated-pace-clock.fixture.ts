import type { PaceClock } from './pace.ts'

/** For tests: waiting takes no time, and is counted. */
export function simulatedPaceClock(): PaceClock & { waitedMs(): number } {
  let now = 0
  let waited = 0
  return {
    now: () => now,
    async wait(ms) {
      waited += ms
      now += ms
    },
    waitedMs: () => waited,
  }
}
