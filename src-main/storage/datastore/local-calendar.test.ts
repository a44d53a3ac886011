import { describe, expect, it } from 'vitest'
import { pruneDecisions } from '../../../src-shared/model/prune.ts'
import { createCalendar } from './local-calendar.ts'

const at = (text: string) => ({ time: Date.parse(text) / 1000, isFinished: true, isProtected: false })

describe('calendar', () => {
  it('reads the clock of its zone', () => {
    const time = Date.UTC(2024, 0, 1, 2, 30) / 1000
    expect(createCalendar('America/New_York')(time)).toEqual({
      year: 2023,
      month: 12,
      day: 31,
      hour: 21,
      isoYear: 2023,
      isoWeek: 52,
    })
    expect(createCalendar('UTC')(Date.UTC(2024, 0, 1, 0, 10) / 1000).hour).toBe(0)
  })
})

describe('prune by the calendar of Berlin', () => {
  const calendar = createCalendar('Europe/Berlin')
  const reasons = (texts: string[], retention: Parameters<typeof pruneDecisions>[1]) =>
    pruneDecisions(texts.map(at), retention, calendar).map(({ reason }) => reason)

  it('takes the hour that the clocks repeat for one', () => {
    // 02:30 summer time and 02:30 winter time, one hour apart
    expect(reasons(['2024-10-27T00:30:00Z', '2024-10-27T01:30:00Z', '2024-10-27T02:30:00Z'], { hourly: 9 })).toEqual([
      'not-kept',
      'hourly',
      'hourly',
    ])
  })

  it('does not miss an hour that the clocks leave out', () => {
    // 01:30 and 03:30
    expect(reasons(['2024-03-31T00:30:00Z', '2024-03-31T01:30:00Z'], { hourly: 9 })).toEqual(['hourly', 'hourly'])
  })

  it('begins the day at local midnight, in summer and in winter', () => {
    expect(reasons(['2024-07-01T21:59:59Z', '2024-07-01T22:00:00Z'], { daily: 9 })).toEqual(['daily', 'daily'])
    expect(reasons(['2024-01-01T22:00:00Z', '2024-01-01T22:59:59Z', '2024-01-01T23:00:00Z'], { daily: 9 })).toEqual([
      'not-kept',
      'daily',
      'daily',
    ])
  })

  it('keeps one a week over the turn of the year, and one a year', () => {
    // Thursday and Sunday of week 2020/53, Monday of week 2021/01
    const days = ['2020-12-31T12:00:00Z', '2021-01-03T12:00:00Z', '2021-01-04T12:00:00Z']
    expect(reasons(days, { weekly: 9 })).toEqual(['not-kept', 'weekly', 'weekly'])
    expect(reasons(days, { yearly: 9 })).toEqual(['yearly', 'not-kept', 'yearly'])
  })
})
