import { expect, test } from 'vitest'
import { schedule } from '../../../src-shared/model/schedule.ts'
import { type ScheduleKind, scheduleOfKind } from './schedule-kind.ts'

const kinds: readonly ScheduleKind[] = ['manual', 'interval', 'daily', 'weekly', 'cron']

test('every kind turns into every other one that can be saved', () => {
  for (const from of kinds) {
    const before = scheduleOfKind(from, { kind: 'manual' }, 'Europe/Oslo')
    for (const to of kinds) {
      const after = scheduleOfKind(to, before, 'Europe/Oslo')
      expect([after.kind, schedule.safeParse(after).success]).toEqual([to, true])
    }
  }
})

test('the time of day survives the change', () => {
  const daily = { kind: 'daily', at: '02:30', timeZone: 'UTC' } as const
  expect(scheduleOfKind('weekly', daily, 'x')).toMatchObject({ at: '02:30', timeZone: 'UTC' })
  expect(scheduleOfKind('cron', daily, 'x')).toMatchObject({ expression: '30 2 * * *' })
})
