import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GoodbyeRows, searchTree } from './goodbye.ts'

const identity = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i)

test.each([
  [4, [2, 1, 3, 0]],
  [5, [3, 1, 4, 0, 2]],
  [8, [4, 2, 6, 1, 3, 5, 7, 0]],
  [10, [6, 3, 8, 1, 5, 7, 9, 0, 2, 4]],
  [1, [0]],
  [0, []],
])('%i rows are laid out as the spec lists', (count, slots) => {
  expect([...searchTree(identity(count))]).toEqual(slots)
})

test('every row can be found by descending, whatever the number of rows', () => {
  for (let count = 1; count < 300; count++) {
    const tree = searchTree(identity(count))
    for (let wanted = 0; wanted < count; wanted++) {
      let slot = 0
      while (slot < count && tree[slot] !== wanted) slot = 2 * slot + ((tree[slot] ?? 0) < wanted ? 2 : 1)
      expect(tree[slot]).toBe(wanted)
    }
  }
})

test('large and small directories sort alike, above the rows of their parents', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)), { minLength: 1, maxLength: 1500, size: 'max' }),
      fc.nat(5),
      (hashes, below) => {
        const rows = new GoodbyeRows()
        for (let i = 0; i < below; i++) rows.push(Uint32Array.of(0, 0), i, 1)
        for (const [low, high] of hashes) rows.push(Uint32Array.of(low, high), rows.count, 1)
        const sorted = hashes
          .map(([low, high]) => (BigInt(high) << 32n) | BigInt(low))
          .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
        const ranks = searchTree(identity(hashes.length))
        const order = rows.treeOrder(below)
        const found = [...order].map((row) => (BigInt(rows.hashHigh[row] ?? 0) << 32n) | BigInt(rows.hashLow[row] ?? 0))
        expect(found).toEqual([...ranks].map((rank) => sorted[rank]))
      },
    ),
    { numRuns: 30 },
  )
})
