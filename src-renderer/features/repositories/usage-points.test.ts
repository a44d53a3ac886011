import { expect, test } from 'vitest'
import { withForecast } from './usage-points.ts'

const WEEK = 7 * 24 * 3_600_000
const now = 20 * WEEK
const history = [0, 10, 20].map((weeks) => ({ at: weeks * WEEK, usedBytes: 100 + weeks, totalBytes: 130 }))

test('the forecast starts where the history ends and stops at the capacity', () => {
  const points = withForecast(history, { bytesPerWeek: 5, fullAt: now + 2 * WEEK }, now)
  expect(points.slice(-2)).toEqual([
    { at: now, used: 120, forecast: 120 },
    { at: now + 2 * WEEK, forecast: 130 },
  ])
})

test('a far future is not drawn to its end', () => {
  const points = withForecast(history, { bytesPerWeek: 0.01, fullAt: now + 1000 * WEEK }, now)
  expect(points.at(-1)?.at).toBe(now + 8 * WEEK)
})

test('without growth there is only history', () => {
  expect(withForecast(history, undefined, now)).toHaveLength(3)
})
