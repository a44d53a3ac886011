import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { lastDays, localDay, localTime } from './local-time.ts'
import { nextOccurrences } from './occurrences.ts'
import { scheduleInWords } from './words.ts'

const timeZone = 'Europe/Berlin'

function next(schedule: Schedule, after: string, count: number): string[] {
  return nextOccurrences(schedule, Date.parse(after), count).map((at) => new Date(at).toISOString())
}

describe('occurrences', () => {
  it('of an interval are at even times', () => {
    expect(next({ kind: 'interval', everyMinutes: 30, timeZone }, '2026-06-01T10:01:00Z', 2)).toEqual([
      '2026-06-01T10:30:00.000Z',
      '2026-06-01T11:00:00.000Z',
    ])
  })

  it('of an interval in a window start with the window, also over midnight', () => {
    const between = { from: '22:00', to: '01:00' }
    expect(next({ kind: 'interval', everyMinutes: 90, between, timeZone }, '2026-06-01T10:00:00Z', 3)).toEqual([
      '2026-06-01T20:00:00.000Z',
      '2026-06-01T21:30:00.000Z',
      '2026-06-02T20:00:00.000Z',
    ])
    expect(next({ kind: 'interval', everyMinutes: 90, between, timeZone }, '2026-06-01T20:00:00Z', 1)).toEqual([
      '2026-06-01T21:30:00.000Z',
    ])
  })

  it('of an interval longer than its window still come', () => {
    const between = { from: '09:00', to: '17:00' }
    expect(next({ kind: 'interval', everyMinutes: 2880, between, timeZone }, '2026-06-01T10:00:00Z', 3)).toHaveLength(3)
  })

  it('of chosen days fall on them', () => {
    const schedule: Schedule = { kind: 'interval', everyMinutes: 720, days: [1, 3], timeZone }
    const days = nextOccurrences(schedule, Date.parse('2026-06-01T00:00:00Z'), 8).map((at) =>
      new Date(`${localDay(at, timeZone)}T12:00:00Z`).getUTCDay(),
    )
    expect(new Set(days)).toEqual(new Set([1, 3]))
  })

  it('of a daily time keep the local time over a change of the clocks', () => {
    const runs = nextOccurrences({ kind: 'daily', at: '08:00', timeZone }, Date.parse('2026-03-27T12:00:00Z'), 4)
    expect(new Set(runs.map((at) => localTime(at, timeZone)))).toEqual(new Set(['08:00']))
  })

  it('refuses what is no expression and no time zone', () => {
    const bad: Schedule[] = [
      { kind: 'cron', expression: '61 * * * *', timeZone },
      { kind: 'cron', expression: '* * * * * *', timeZone },
      { kind: 'daily', at: '08:00', timeZone: 'Nowhere/Land' },
    ]
    for (const schedule of bad) expect(() => nextOccurrences(schedule, 0, 1)).toThrow(HoldfastError)
  })

  it('of a date that never comes are none', () => {
    expect(nextOccurrences({ kind: 'cron', expression: '0 0 30 2 *', timeZone }, 0, 1)).toEqual([])
  })
})

describe('words', () => {
  it.each<[Schedule, string]>([
    [{ kind: 'manual' }, 'Only when you start it'],
    [{ kind: 'interval', everyMinutes: 60, timeZone }, 'Every hour'],
    [{ kind: 'interval', everyMinutes: 45, days: [5, 1], timeZone }, 'Every 45 minutes on Monday and Friday'],
    [{ kind: 'weekly', days: [0, 6, 3], at: '07:15', timeZone }, 'Every Wednesday, Saturday and Sunday at 07:15'],
    [{ kind: 'cron', expression: '0 3 * * *', timeZone }, 'At 03:00'],
  ])('%j', (schedule, words) => {
    expect(scheduleInWords(schedule)).toBe(words)
  })
})

describe('local days', () => {
  it('go over the end of a month', () => {
    expect(lastDays(Date.parse('2026-02-28T23:30:00Z'), 3, timeZone)).toEqual([
      '2026-02-27',
      '2026-02-28',
      '2026-03-01',
    ])
  })
})
