import { expect, test } from 'vitest'
import { plan } from '../../../src-shared/model/plan.ts'
import { planCalendar } from './plan-calendar.ts'

const daily = plan.parse({
  id: '00000000-0000-4000-8000-000000000001',
  name: 'Home',
  source: { kind: 'folders', paths: ['/home'] },
  backupId: 'home',
  destinations: [{ repositoryId: '00000000-0000-4000-8000-000000000002' }],
  schedule: { kind: 'daily', at: '02:00', timeZone: 'UTC' },
  conditions: {},
  options: {},
  retry: {},
  hooks: {},
  enabled: true,
  createdAt: 0,
})
const day = (date: number, hour = 0) => Date.UTC(2026, 5, date, hour)
const window = { from: day(1), to: day(8), now: day(4, 12) }
const past = [4, 3, 2].map((date) => ({
  at: day(date, 2),
  state: date === 3 ? ('missed' as const) : ('good' as const),
}))

test('the past stands as it was and the future as it is planned, in order', () => {
  const entries = planCalendar(daily, past, window)
  expect(entries.map(({ at, kind, state }) => [new Date(at).getUTCDate(), kind, state])).toEqual([
    [2, 'past', 'good'],
    [3, 'past', 'missed'],
    [4, 'past', 'good'],
    [5, 'planned', 'none'],
    [6, 'planned', 'none'],
    [7, 'planned', 'none'],
  ])
})

test('a plan that is switched off has a past and no future; other months have nothing of this one', () => {
  expect(planCalendar({ ...daily, enabled: false }, past, window)).toHaveLength(3)
  expect(planCalendar(daily, past, { ...window, from: day(40), to: day(42) }).map(({ kind }) => kind)).toEqual([
    'planned',
    'planned',
  ])
})

test('a plan of every five minutes has an end', () => {
  const often = { ...daily, schedule: { kind: 'interval' as const, everyMinutes: 5, timeZone: 'UTC' } }
  expect(planCalendar(often, [], { from: day(1), to: day(30), now: day(1) })).toHaveLength(2000)
})
