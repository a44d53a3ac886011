import { scaleLinear, scaleTime } from 'd3-scale'
import { formatDay, formatTime, formatTimeWithSeconds } from './format.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** For an axis of bytes from nothing to the most that there is: about so many plain numbers of the fitting unit. */
export function byteTicks(most: number, count: number): number[] {
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(Math.max(most, 1)) / 10))
  return scaleLinear([0, Math.max(most, 1) / unit], [0, 1])
    .nice(count)
    .ticks(count)
    .map((value) => value * unit)
}

/** For an axis of time: about so many full minutes, hours or days, and how they are said. */
export function timeTicks(
  from: number,
  to: number,
  count: number,
  now: number,
): { readonly ticks: number[]; readonly format: (at: number) => string } {
  const span = to - from
  const format =
    span < 10 * MINUTE ? formatTimeWithSeconds : span < 2 * DAY ? formatTime : (at: number) => formatDay(at, now)
  return {
    ticks: scaleTime([from, to], [0, 1])
      .ticks(span < 2 * DAY ? count : Math.min(count, Math.floor(span / DAY)))
      .map(Number),
    format,
  }
}
