import type { Forecast, UsagePoint } from '../../ui/forecast.ts'

const DAY_MS = 24 * 3_600_000
/** A forecast is drawn no further than this share of the history is long. */
const FURTHEST = 0.4

export interface ChartPoint {
  readonly at: number
  readonly used?: number
  readonly forecast?: number
}

/** The history, then a line from its end to where it meets the capacity, or as far as a forecast is worth drawing. */
export function withForecast(
  history: readonly UsagePoint[],
  forecast: Forecast | undefined,
  now: number,
): ChartPoint[] {
  const points = history.toSorted((a, b) => a.at - b.at)
  const first = points[0]
  const last = points.at(-1)
  const drawn: ChartPoint[] = points.map(({ at, usedBytes }) => ({ at, used: usedBytes }))
  if (first === undefined || last === undefined || forecast === undefined || forecast.bytesPerWeek <= 0) return drawn
  const until = Math.min(forecast.fullAt ?? Number.POSITIVE_INFINITY, now + (last.at - first.at) * FURTHEST)
  if (until <= last.at) return drawn
  const weeks = (until - last.at) / (7 * DAY_MS)
  return [
    ...drawn.slice(0, -1),
    { at: last.at, used: last.usedBytes, forecast: last.usedBytes },
    { at: until, forecast: last.usedBytes + weeks * forecast.bytesPerWeek },
  ]
}
