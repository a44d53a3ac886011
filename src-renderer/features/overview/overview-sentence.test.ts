import { expect, test } from 'vitest'
import { type PlanState, planState } from '../../../src-shared/contract/plans.ts'
import { overviewSentence } from './overview-sentence.ts'

const now = new Date(2026, 10, 20, 14, 6).getTime()
const MINUTE = 60_000

let count = 0
function aPlan(name: string, more: object = {}): PlanState {
  count += 1
  const id = `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`
  return planState.parse({
    plan: {
      id,
      name,
      source: { kind: 'folders', paths: ['/srv'] },
      backupId: 'x',
      destinations: [{ repositoryId: id }],
      schedule: { kind: 'manual' },
      conditions: {},
      options: {},
      retry: {},
      hooks: {},
      enabled: true,
      createdAt: 0,
    },
    health: 'good',
    lastGoodAt: now - 4 * MINUTE,
    nextRunAt: new Date(2026, 10, 20, 15, 0).getTime(),
    days: [],
    ...more,
  })
}

test('when all is well it says so, with the last and the next run', () => {
  const sentence = overviewSentence([aPlan('Home folder'), aPlan('Studio', { lastGoodAt: now - 60 * MINUTE })], now)
  expect(sentence).toEqual({
    title: 'Both plans are up to date.',
    lead: 'Last good run 4 min ago: Home folder. Next at 15:00: Home folder and Studio.',
    tone: 'ok',
  })
})

test('one plan in trouble is named, several are counted', () => {
  const failed = aPlan('Photos', { health: 'failed' })
  expect(overviewSentence([aPlan('Home folder'), failed], now)).toMatchObject({
    title: 'Photos did not finish its last run.',
    tone: 'bad',
  })
  const late = aPlan('Studio', { health: 'late' })
  expect(overviewSentence([aPlan('Home folder'), failed, late], now).title).toBe('Two of three plans need attention.')
})

test('a plan that is late says since when', () => {
  const late = aPlan('Photos', { health: 'late', lastGoodAt: now - 3 * 24 * 60 * MINUTE })
  expect(overviewSentence([late], now).title).toBe('Photos is late. Its last good run was 3 days ago.')
})

test('new plans are not called up to date', () => {
  const fresh = aPlan('Home folder', { health: 'never', lastGoodAt: undefined, nextRunAt: undefined })
  expect(overviewSentence([fresh], now)).toEqual({
    title: 'Home folder has not run yet.',
    lead: 'No run has finished yet. Nothing is planned.',
    tone: 'quiet',
  })
  expect(overviewSentence([fresh, aPlan('Photos')], now).title).toBe('One of two plans is up to date.')
})

test('nothing is called well while files look as if somebody else had changed them', () => {
  const plans = [aPlan('Home folder')]
  expect(overviewSentence(plans, now, [{ title: 'Back up Home folder' }])).toMatchObject({
    title: 'Back up Home folder: look at it before anything else.',
    tone: 'bad',
  })
  expect(overviewSentence(plans, now, [{ title: 'A' }, { title: 'B' }]).title).toBe(
    'Two backups look unusual. Look at them before anything else.',
  )
})
