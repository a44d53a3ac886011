import { afterEach, expect, test } from 'vitest'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { setLanguage } from '../../i18n/translate.ts'
import { retentionWords, scheduleWords, weekdayName } from './schedule-words.ts'

const timeZone = 'Europe/Oslo'
const workdays: Schedule = {
  kind: 'interval',
  everyMinutes: 120,
  between: { from: '09:00', to: '19:00' },
  days: [1, 2],
  timeZone,
}

afterEach(() => setLanguage('en'))

test('schedules are said in English', () => {
  expect(scheduleWords({ kind: 'interval', everyMinutes: 60, timeZone })).toBe('Every hour')
  expect(scheduleWords(workdays)).toBe('Every 2 hours on Monday and Tuesday, between 09:00 and 19:00')
  expect(scheduleWords({ kind: 'weekly', days: [0, 6], at: '04:00', timeZone })).toBe(
    'Every Saturday and Sunday at 04:00',
  )
  expect(scheduleWords({ kind: 'cron', expression: '0 13 * * 1-5', timeZone })).toBe('At 13:00, Monday through Friday')
  expect(weekdayName(1)).toBe('Mo')
})

test('and in German, cron expressions too', () => {
  setLanguage('de')
  expect(scheduleWords(workdays)).toBe('Alle 2 Stunden am Montag und Dienstag, zwischen 09:00 und 19:00')
  expect(scheduleWords({ kind: 'cron', expression: '0 13 * * 1-5', timeZone })).toBe('Um 13:00, Montag bis Freitag')
  expect(retentionWords({ daily: 14, last: 6 })).toEqual(['6 letzte', '14 tägliche'])
})

test('what nobody can say is quoted', () => {
  expect(scheduleWords({ kind: 'cron', expression: 'x', timeZone })).toBe('At the times of “x”')
})
