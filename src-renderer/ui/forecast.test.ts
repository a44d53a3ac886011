import { expect, test } from 'vitest'
import { forecastUsage } from './forecast.ts'

const WEEK = 7 * 24 * 3_600_000
const now = 100 * WEEK
const weekly = (used: readonly number[], total = 1000) =>
  used.map((usedBytes, i) => ({ at: now - (used.length - 1 - i) * WEEK, usedBytes, totalBytes: total }))

test('steady growth fills the rest at its pace', () => {
  const forecast = forecastUsage(weekly([700, 720, 740, 760, 780, 800]), now)
  expect(forecast?.bytesPerWeek).toBeCloseTo(20)
  expect(forecast?.fullAt).toBeCloseTo(now + 10 * WEEK, -3)
})

test('a prune in between does not turn growth into shrinking', () => {
  expect(forecastUsage(weekly([700, 720, 740, 500, 520, 540, 560]), now)?.bytesPerWeek).toBeCloseTo(20)
})

test('what does not grow is never full', () => {
  expect(forecastUsage(weekly([700, 700, 700, 700]), now)?.fullAt).toBeUndefined()
})

test('a week of history says nothing', () => {
  expect(forecastUsage(weekly([700, 720]), now)).toBeUndefined()
  expect(forecastUsage([], now)).toBeUndefined()
})
