import { expect, test } from 'vitest'
import { snapshotId } from '../../../src-shared/model/ids.ts'
import { keepReasons } from './keep-reasons.ts'

const snapshots = [1, 2, 3, 4].map((day) => ({
  id: snapshotId.parse(`00000000-0000-4000-8000-00000000000${day}`),
  ref: { namespace: '', type: 'host' as const, backupId: 'desk', time: Date.UTC(2026, 4, day, 12) / 1000 },
  protected: day === 1,
}))

test('each snapshot says which rule keeps it, and the last one that none does', () => {
  const reasons = keepReasons(snapshots, { last: 1, daily: 1 })
  expect(snapshots.map(({ id }) => reasons.get(id))).toEqual(['protected', 'not-kept', 'daily', 'last'])
})

test('a source without a plan has no reasons, one without rules keeps all', () => {
  expect(keepReasons(snapshots, undefined).size).toBe(0)
  expect(new Set(keepReasons(snapshots.slice(1), {}).values())).toEqual(new Set(['no-rules']))
})
