import fc from 'fast-check'
import { expect, test } from 'vitest'
import { snapshotId } from '../../../src-shared/model/ids.ts'
import { type Readable, readBackShare } from './read-back-share.ts'

const day = 24 * 60 * 60_000
const start = 1_700_000_000_000

function numbered(at: number): Readable['id'] {
  return snapshotId.parse(`00000000-0000-4000-8000-${String(at).padStart(12, '0')}`)
}

function aSnapshot(number: number, more: Partial<Readable> = {}): Readable {
  return { id: numbered(number), lineageId: 'a', madeAt: start, checkedAt: undefined, costBytes: 1000, ...more }
}

test('what was read longest ago comes first, and no more than the share of a day', () => {
  const snapshots = Array.from({ length: 60 }, (_, at) => aSnapshot(at, { checkedAt: start + (60 - at) * 3 * 60_000 }))
  expect(readBackShare(snapshots, 30, start + 5 * day)).toHaveLength(2)
})

test('a snapshot of today waits', () => {
  expect(readBackShare([aSnapshot(1)], 30, start + day / 2)).toEqual([])
  expect(readBackShare([aSnapshot(1)], 30, start + day)).toHaveLength(1)
})

test('what would be too late is read however much it is', () => {
  const late = Array.from({ length: 40 }, (_, at) => aSnapshot(at))
  expect(readBackShare(late, 30, start + 29 * day)).toHaveLength(40)
})

test('neighbours are read in one run', () => {
  const mixed = ['b', 'a', 'b', 'a'].map((lineageId, at) => aSnapshot(at, { lineageId, madeAt: start + at * 1000 }))
  expect(readBackShare(mixed, 2, start + 2 * day)).toEqual([numbered(1), numbered(3), numbered(0), numbered(2)])
})

test('run once a day, every snapshot is read within the period, whatever is made and forgotten meanwhile', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 40 }),
      fc.array(fc.record({ made: fc.integer({ min: 0, max: 50 }), cost: fc.nat(1_000_000), gone: fc.boolean() }), {
        maxLength: 60,
      }),
      (periodDays, plans) => {
        let snapshots = plans.map(({ made, cost }, at) =>
          aSnapshot(at, { madeAt: start + made * day, costBytes: cost }),
        )
        for (let today = 0; today < 120; today++) {
          const now = start + today * day
          if (today === 60) snapshots = snapshots.filter((_, at) => plans[at]?.gone === false)
          const there = snapshots.filter(({ madeAt }) => madeAt <= now)
          const chosen = new Set(readBackShare(there, periodDays, now))
          snapshots = snapshots.map((one) => (chosen.has(one.id) ? { ...one, checkedAt: now } : one))
          for (const { madeAt, checkedAt } of snapshots) {
            if (madeAt <= now) expect(now - (checkedAt ?? madeAt)).toBeLessThanOrEqual(periodDays * day)
          }
        }
      },
    ),
    { numRuns: 40 },
  )
})
