import fc from 'fast-check'
import { expect, test } from 'vitest'
import { midnight } from './heat-days.ts'
import { dayStep, keyTarget, nearest, spanFor, tickHeight, windowFor, windowLabels } from './slider-window.ts'

const HOUR = 3_600_000
const now = new Date(2026, 10, 20, 14, 6).getTime()
const hourly = Array.from({ length: 400 }, (_, at) => midnight(now) + 14 * HOUR - (399 - at) * HOUR)
const daily = Array.from({ length: 90 }, (_, at) => new Date(2026, 10, 20 - 89 + at, 2, 30).getTime())

test('the nearest snapshot is nearest', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), { minLength: 1 }),
      fc.integer({ min: -50, max: 1050 }),
      (some, at) => {
        const times = [...some].sort((a, b) => a - b)
        const distance = Math.min(...times.map((time) => Math.abs(time - at)))
        expect(Math.abs(times[nearest(times, at)]! - at)).toBe(distance)
      },
    ),
  )
  expect(nearest([], 5)).toBe(-1)
})

test('hourly snapshots are shown by the week, daily ones by the month, those of every minute by the day', () => {
  expect(spanFor(hourly, hourly.at(-1)!)).toBe(7)
  expect(spanFor(daily, daily.at(-40)!)).toBe(30)
  expect(spanFor([now], now)).toBe(7)
  const everyMinute = Array.from({ length: 3000 }, (_, at) => now - (2999 - at) * 60_000)
  expect(spanFor(everyMinute, now)).toBe(1)
})

test('the window stays while the point is inside, and has no empty future', () => {
  const end = now
  const first = windowFor(undefined, daily.at(-3)!, 7, end)
  expect(first.to).toBe(midnight(new Date(2026, 10, 21).getTime()))
  expect(windowFor(first, daily.at(-1)!, 7, end)).toBe(first)
  const moved = windowFor(first, daily.at(-30)!, 7, end)
  expect(moved).not.toBe(first)
  expect(moved.from < daily.at(-30)! && daily.at(-30)! < moved.to).toBe(true)
})

test('arrows move by snapshot, Shift by day at the same time of day, Home and End to the ends', () => {
  const last = hourly.length - 1
  expect(keyTarget(hourly, last, 'ArrowLeft', false)).toBe(last - 1)
  expect(keyTarget(hourly, last, 'ArrowRight', false)).toBe(last)
  expect(keyTarget(hourly, last, 'ArrowLeft', true)).toBe(last - 24)
  expect(keyTarget(hourly, last - 24, 'ArrowRight', true)).toBe(last)
  expect(keyTarget(hourly, 7, 'Home', false)).toBe(0)
  expect(keyTarget(hourly, 7, 'End', false)).toBe(last)
  expect(keyTarget(hourly, 7, 'x', false)).toBeUndefined()
})

test('a step by day skips days without snapshots and stops at the ends', () => {
  const times = [
    new Date(2026, 0, 1, 9).getTime(),
    new Date(2026, 0, 5, 8).getTime(),
    new Date(2026, 0, 5, 20).getTime(),
  ]
  expect(dayStep(times, 0, 1)).toBe(1)
  expect(dayStep(times, 2, -1)).toBe(0)
  expect(dayStep(times, 0, -1)).toBe(0)
  expect(dayStep(times, 2, 1)).toBe(2)
})

test('a week is labelled day by day, with today by its name and the chosen day marked', () => {
  const window = windowFor(undefined, daily.at(-3)!, 7, now)
  const labels = windowLabels(window, daily.at(-3)!, now)
  expect(labels.map((label) => label.text)).toEqual([
    'Sat 14',
    'Sun 15',
    'Mon 16',
    'Tue 17',
    'Wed 18',
    'Thu 19',
    'Today',
  ])
  expect(labels.find((label) => label.isCurrent)?.text).toBe('Wed 18')
})

test('taller ticks mean more bytes, within their box', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31 - 1), fc.nat(2 ** 31 - 1), (a, b) => {
      const [low, high] = [tickHeight(Math.min(a, b), 2 ** 31), tickHeight(Math.max(a, b), 2 ** 31)]
      expect(low).toBeLessThanOrEqual(high)
      expect(low >= 3 && high <= 30).toBe(true)
    }),
  )
})
