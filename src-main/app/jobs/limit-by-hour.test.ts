import { expect, test } from 'vitest'
import { limitAt } from './limit-by-hour.ts'

const at = (hour: number) => Date.UTC(2026, 5, 1, hour, 30)
const timeZone = 'Europe/Berlin' // two hours ahead in June

test('the window of the plan holds while it lasts, on its clock, and the general limit at other times', () => {
  const hours = [{ from: '08:00', to: '18:00', bytesPerSecond: 1000 }]
  const limits = { hours, otherwise: 5000, timeZone }
  expect([5, 6, 15, 16].map((hour) => limitAt(limits, at(hour)))).toEqual([5000, 1000, 1000, 5000])
})

test('a window over midnight, one all day, and the first of two that overlap', () => {
  const night = [{ from: '22:00', to: '06:00', bytesPerSecond: 1 }]
  expect([19, 20, 3, 4].map((hour) => limitAt({ hours: night, otherwise: undefined, timeZone }, at(hour)))).toEqual([
    undefined,
    1,
    1,
    undefined,
  ])
  const always = [...night, { from: '00:00', to: '00:00', bytesPerSecond: 2 }]
  expect([20, 12].map((hour) => limitAt({ hours: always, otherwise: 9, timeZone }, at(hour)))).toEqual([1, 2])
})
