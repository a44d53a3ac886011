import { expect, test } from 'vitest'
import { type PlanTrust, planTrust } from '../../src-shared/model/trust.ts'
import { trustSentences } from './trust-words.ts'

const id = '00000000-0000-4000-8000-000000000001'
const now = new Date(2026, 10, 15, 12).getTime()
const day = 24 * 3_600_000

function aTrust(more: object): PlanTrust {
  const counts = { snapshots: 9, checked: 0, damaged: 0 }
  return planTrust.parse({ planId: id, repositoryId: id, state: 'partly', ...counts, periodDays: 30, ...more })
}

test('what is proven is said with its dates', () => {
  const restoreTest = { jobId: id, at: new Date(2026, 10, 3).getTime(), isGood: true, files: 25, bytes: 1 }
  const trust = aTrust({ state: 'proven', checked: 9, readBackSince: now - 12 * day, restoreTest })
  expect(trustSentences(trust, now)).toEqual([
    'Every byte was read back within the last 12 days.',
    '25 files restored on 3 November, all as they are stored.',
  ])
  const withCanaries = aTrust({ state: 'proven', checked: 9, restoreTest: { ...restoreTest, canaries: 3 } })
  expect(trustSentences(withCanaries, now).at(-1)).toBe(
    '25 files restored on 3 November, all as they are stored. 3 canaries as they were.',
  )
})

test('what is missing is said as well', () => {
  expect(trustSentences(aTrust({}), now)).toEqual(['No snapshot was read back yet.', 'No restore was tried yet.'])
  expect(trustSentences(aTrust({ checked: 4 }), now)[0]).toBe('4 of 9 snapshots read back within 30 days.')
  expect(trustSentences(aTrust({ state: 'none', snapshots: 0 }), now)).toEqual(['There is no snapshot yet.'])
})

test('damage comes first', () => {
  const restoreTest = { jobId: id, at: now - day, isGood: false, files: 0, bytes: 0 }
  const sentences = trustSentences(aTrust({ state: 'damaged', damaged: 1, checked: 8, restoreTest }), now)
  expect(sentences[0]).toBe('1 snapshot with damage.')
  expect(sentences[2]).toBe('The restore test of 14 November failed.')
})
