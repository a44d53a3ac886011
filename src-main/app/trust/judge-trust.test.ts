import { expect, test } from 'vitest'
import { jobId } from '../../../src-shared/model/ids.ts'
import { judgeTrust, type TrustFacts } from './judge-trust.ts'

const day = 24 * 60 * 60_000
const now = 1_700_000_000_000
const id = jobId.parse('00000000-0000-4000-8000-000000000001')

function read(daysAgo: number, state: 'ok' | 'failed' = 'ok') {
  return { madeAt: now - 90 * day, verify: { state, at: now - daysAgo * day } }
}
const unread = { madeAt: now - 90 * day, verify: undefined }
const today = { madeAt: now - day / 2, verify: undefined }
const tested = (daysAgo: number, isGood = true) => ({ jobId: id, at: now - daysAgo * day, isGood, files: 25, bytes: 9 })

test.each<[string, Partial<TrustFacts>, string]>([
  ['no snapshots', {}, 'none'],
  ['nothing was read or restored', { snapshots: [unread] }, 'unproven'],
  ['all read and one restored', { snapshots: [read(3), read(12)], restoreTest: tested(4) }, 'proven'],
  ['all read, the one of today not yet', { snapshots: [read(3), today], restoreTest: tested(4) }, 'proven'],
  ['one was never read', { snapshots: [read(3), unread], restoreTest: tested(4) }, 'partly'],
  ['one was read too long ago', { snapshots: [read(3), read(31)], restoreTest: tested(4) }, 'partly'],
  ['read, but never restored', { snapshots: [read(3)] }, 'partly'],
  ['a restore of long ago', { snapshots: [read(3)], restoreTest: tested(31) }, 'partly'],
  ['only restored', { snapshots: [unread], restoreTest: tested(1) }, 'partly'],
  ['one is damaged', { snapshots: [read(3), read(2, 'failed')], restoreTest: tested(4) }, 'damaged'],
  ['a restore that went wrong', { snapshots: [read(3)], restoreTest: tested(4, false) }, 'damaged'],
])('%s', (_what, facts, state) => {
  const judged = judgeTrust({ snapshots: [], restoreTest: undefined, periodDays: 30, now, ...facts })
  expect(judged.state).toBe(state)
})

test('it says since when everything is read, and nothing while something was never read', () => {
  const facts = { restoreTest: undefined, periodDays: 30, now }
  expect(judgeTrust({ ...facts, snapshots: [read(3), read(12)] }).readBackSince).toBe(now - 12 * day)
  expect(judgeTrust({ ...facts, snapshots: [read(3), unread] }).readBackSince).toBeUndefined()
})
