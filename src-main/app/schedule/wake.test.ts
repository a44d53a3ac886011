import { expect, test } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type Plan, plan } from '../../../src-shared/model/plan.ts'
import { WakeWatch } from './wake.ts'

function aPlan(at: string, wake: boolean, enabled = true): Plan {
  return plan.parse({
    id: '00000000-0000-4000-8000-000000000001',
    name: 'Home',
    source: { kind: 'folders', paths: ['/home'] },
    backupId: 'home',
    destinations: [{ repositoryId: '00000000-0000-4000-8000-000000000002' }],
    schedule: { kind: 'daily', at, timeZone: 'UTC' },
    conditions: { wake },
    options: {},
    retry: {},
    hooks: {},
    enabled,
    createdAt: 0,
  })
}

function world(plans: Plan[]) {
  const state = { now: Date.UTC(2026, 5, 1, 12), plans, pausedUntil: undefined as number | undefined, refuse: false }
  const alarms: (number | undefined)[] = []
  const watch = new WakeWatch({
    now: () => state.now,
    plans: () => state.plans,
    pausedUntil: () => state.pausedUntil,
    setAlarm: async (at) => {
      alarms.push(at)
      if (state.refuse) throw new HoldfastError('wake/unsupported', { detail: 'Operation not permitted' })
    },
    bug: () => {},
  })
  return { state, alarms, watch }
}

test('the alarm is on the first run that may wake the computer, and moves on when it is over', async () => {
  const { state, alarms, watch } = world([aPlan('02:00', true), aPlan('01:00', false), aPlan('00:30', true, false)])
  await watch.look()
  await watch.look()
  expect(alarms).toEqual([Date.UTC(2026, 5, 2, 2)])
  state.now = Date.UTC(2026, 5, 2, 2, 1)
  await watch.look()
  expect(watch.state).toEqual({ at: Date.UTC(2026, 5, 3, 2) })
})

test('a pause lets it sleep, and no plan takes the alarm back', async () => {
  const { state, alarms, watch } = world([aPlan('02:00', true)])
  state.pausedUntil = Date.UTC(2026, 5, 2, 9)
  await watch.look()
  state.plans = []
  await watch.look()
  await watch.look()
  expect(alarms).toEqual([Date.UTC(2026, 5, 3, 2), undefined])
})

test('what the system refuses is said, once', async () => {
  const { state, alarms, watch } = world([aPlan('02:00', true)])
  state.refuse = true
  await watch.look()
  await watch.look()
  expect(alarms).toHaveLength(1)
  expect(watch.state.problem).toContain('Operation not permitted')
})
