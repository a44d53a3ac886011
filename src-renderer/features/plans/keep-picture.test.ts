import { expect, test } from 'vitest'
import { keepPicture, reachWords } from './keep-picture.ts'

const now = new Date(2026, 10, 20, 14, 6).getTime()
const timeZone = 'Europe/Oslo'

test('a daily plan that keeps a fortnight has fourteen snapshots', () => {
  const picture = keepPicture({ kind: 'daily', at: '02:00', timeZone }, { daily: 14 }, now)
  expect([picture?.runs, picture?.kept.length]).toEqual([365, 14])
  expect(picture && reachWords(picture)).toMatch(/^1[34] days|2 weeks$/)
})

test('monthly ones reach back a year', () => {
  const picture = keepPicture({ kind: 'daily', at: '02:00', timeZone }, { last: 3, monthly: 12 }, now)
  expect(picture?.kept.filter(({ rule }) => rule === 'monthly').length).toBe(12)
  expect(picture && reachWords(picture)).toMatch(/year|months/)
})

test('without rules everything stays', () => {
  const picture = keepPicture({ kind: 'weekly', days: [0], at: '04:00', timeZone }, {}, now)
  expect(picture?.kept.length).toBe(picture?.runs)
  expect(picture?.runs).toBe(52)
})

test('a plan of working hours runs only then', () => {
  const schedule = {
    kind: 'interval',
    everyMinutes: 120,
    between: { from: '09:00', to: '19:00' },
    days: [1, 2, 3, 4, 5],
    timeZone,
  } as const
  const picture = keepPicture({ ...schedule, days: [...schedule.days] }, { last: 1 }, now)
  expect(picture?.runs).toBeGreaterThan(1500)
  expect(picture?.runs).toBeLessThan(1600)
})

test('nobody can foretell runs by hand', () => {
  expect(keepPicture({ kind: 'manual' }, { last: 1 }, now)).toBeUndefined()
})

test('a cron expression is drawn like the schedule it stands for', () => {
  const daily = keepPicture({ kind: 'daily', at: '02:00', timeZone }, { daily: 7, monthly: 6 }, now)
  expect(keepPicture({ kind: 'cron', expression: '0 2 * * *', timeZone }, { daily: 7, monthly: 6 }, now)).toEqual(daily)
  const weekdays = keepPicture({ kind: 'cron', expression: '30 9,15 * * 1-5', timeZone }, { last: 4 }, now)
  expect(weekdays?.runs).toBeGreaterThan(515)
  expect(weekdays?.runs).toBeLessThan(526)
  expect(weekdays?.kept.length).toBe(4)
})

test('half an expression has no picture', () => {
  expect(keepPicture({ kind: 'cron', expression: '0 2 *', timeZone }, { last: 1 }, now)).toBeUndefined()
})

test('times are those of the zone of the plan', () => {
  const runs = (zone: string) => keepPicture({ kind: 'daily', at: '02:00', timeZone: zone }, { last: 1 }, now)
  const [oslo, tokyo] = [runs('Europe/Oslo')?.kept[0]?.age ?? 0, runs('Asia/Tokyo')?.kept[0]?.age ?? 0]
  // Tokyo is eight hours ahead in winter: its night of today was that much earlier, or its next one has begun.
  expect([8 * 3600, -16 * 3600]).toContain(tokyo - oslo)
})
