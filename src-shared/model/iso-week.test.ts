import { expect, test } from 'vitest'
import { isoWeek } from './iso-week.ts'

test.each([
  ['2020-12-31', 2020, 53],
  ['2021-01-03', 2020, 53],
  ['2021-01-04', 2021, 1],
  ['2018-12-31', 2019, 1],
  ['2024-12-30', 2025, 1],
  ['2016-01-01', 2015, 53],
  ['2023-01-01', 2022, 52],
  ['2026-06-15', 2026, 25],
])('puts %s into ISO year %d, week %d', (text, isoYear, week) => {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  expect(isoWeek({ year, month, day })).toEqual({ isoYear, isoWeek: week })
})

test('gives ISO weeks seven days, across centuries', () => {
  for (let day = 0; day < 365 * 30; day++) {
    const date = new Date(Date.UTC(1990, 0, 1) + day * 86_400_000) // a Monday
    const monday = new Date(date.getTime() - (day % 7) * 86_400_000)
    const of = (each: Date) =>
      isoWeek({ year: each.getUTCFullYear(), month: each.getUTCMonth() + 1, day: each.getUTCDate() })
    expect(of(date)).toEqual(of(monday))
  }
})
