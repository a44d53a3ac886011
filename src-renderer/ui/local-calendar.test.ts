import { expect, test } from 'vitest'
import { localCalendar } from './local-calendar.ts'

const at = (...date: [number, number, number]) =>
  localCalendar(new Date(date[0], date[1] - 1, date[2], 12).getTime() / 1000)

test('a week belongs to the year that holds its Thursday', () => {
  expect(at(2027, 1, 1)).toMatchObject({ year: 2027, isoYear: 2026, isoWeek: 53 })
  expect(at(2024, 12, 30)).toMatchObject({ year: 2024, isoYear: 2025, isoWeek: 1 })
  expect(at(2026, 11, 20)).toMatchObject({ month: 11, day: 20, isoWeek: 47 })
})
