import { expect, test } from 'vitest'
import { byMonth, totals } from './prune-histogram.ts'

const entry = (month: number, keep: boolean, isProtected = false) => ({
  snapshot: `${month}`,
  at: new Date(2026, month, 15).getTime(),
  keep,
  protected: isProtected,
})

test('months without a snapshot keep their place', () => {
  const bars = byMonth([entry(0, true), entry(0, false), entry(2, false)])
  expect(bars.map(({ stay, go }) => [stay, go])).toEqual([
    [1, 1],
    [0, 0],
    [0, 1],
  ])
})

test('what is protected stays whatever the rules say', () => {
  expect(totals([entry(0, false, true), entry(0, false), entry(0, true)])).toEqual({ stay: 2, go: 1, pinned: 1 })
})

test('no snapshots, no bars', () => expect(byMonth([])).toEqual([]))
