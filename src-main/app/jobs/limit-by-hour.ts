import type { Bandwidth } from '../../../src-shared/model/plan.ts'
import { isWithin } from '../schedule/local-time.ts'

interface Limits {
  /** Of a plan, by time of day; where windows overlap the first one holds. */
  readonly hours: Bandwidth | undefined
  /** At all other times. */
  readonly otherwise: number | undefined
  readonly timeZone: string
}

/** How many bytes a second may be read at a moment (Unix milliseconds); `undefined` is no limit. */
export function limitAt({ hours, otherwise, timeZone }: Limits, at: number): number | undefined {
  const window = hours?.find(({ from, to }) => from === to || isWithin({ from, to }, at, timeZone))
  return window === undefined ? otherwise : window.bytesPerSecond
}
