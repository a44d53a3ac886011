import { scaleLinear, scaleTime } from 'd3-scale'
import { formatBytesIn, formatDay, formatTime, formatTimeWithSeconds, unitPower } from './format.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

export interface Ticks {
  readonly ticks: number[]
  /** How each of them is said. */
  readonly format: (value: number) => string
}

/** For an axis of bytes from nothing to the most that there is: about so many plain numbers of the fitting unit. */
export function byteTicks(most: number, count: number): Ticks {
  const power = unitPower(most)
  const unit = 1024 ** power
  return {
    ticks: scaleLinear([0, Math.max(most, count) / unit], [0, 1])
      .nice(count)
      .ticks(count)
      .map((value) => value * unit),
    format: (bytes) => formatBytesIn(bytes, power),
  }
}

/** For an axis of time: about so many full seconds, minutes, hours or days, or the beginning where there are none. */
export function timeTicks(from: number, to: number, count: number, now: number): Ticks {
  const span = to - from
  const format =
    span < 10 * MINUTE ? formatTimeWithSeconds : span < 2 * DAY ? formatTime : (at: number) => formatDay(at, now)
  const ticks = scaleTime([from, to], [0, 1])
    .ticks(span < 2 * DAY ? count : Math.min(count, Math.floor(span / DAY)))
    .map(Number)
    .filter((at) => at % SECOND === 0)
  return { ticks: ticks.length === 0 ? [from] : ticks, format }
}

/** The axis below a chart of Mantine's. */
export function timeAxis({ ticks, format }: Ticks) {
  return { type: 'number', domain: ['dataMin', 'dataMax'], ticks, tickFormatter: format } as const
}

/** The axis at its right, from nothing to the last tick. */
export function byteAxis({ ticks, format }: Ticks) {
  const domain = [0, ticks.at(-1) ?? 0]
  return { orientation: 'right', width: 72, tickMargin: 8, ticks, tickFormatter: format, domain } as const
}
