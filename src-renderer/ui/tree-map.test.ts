import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tileMap } from './tree-map.ts'

const values = fc
  .array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 40 })
  .map((some) => some.toSorted((a, b) => b - a))

test('tiles fill the map, each as much of it as it is worth, and none lies on another', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0.3, max: 5, noNaN: true }), (some, aspect) => {
      const sum = some.reduce((all, value) => all + value, 0)
      const tiles = tileMap(some, aspect)
      expect(tiles).toHaveLength(some.length)
      for (const [at, { left, top, width, height }] of tiles.entries()) {
        expect((width * height) / 10_000).toBeCloseTo((some[at] ?? 0) / sum, 6)
        expect(Math.min(left, top)).toBeGreaterThan(-1e-6)
        expect(Math.max(left + width, top + height)).toBeLessThan(100 + 1e-6)
        for (const other of tiles.slice(at + 1)) {
          const across = Math.min(left + width, other.left + other.width) - Math.max(left, other.left)
          const down = Math.min(top + height, other.top + other.height) - Math.max(top, other.top)
          expect(Math.min(across, down)).toBeLessThan(1e-6)
        }
      }
    }),
  )
})

test('equal values become squares, not slivers', () => {
  for (const { width, height } of tileMap(new Array<number>(8).fill(1), 2)) expect((width * 2) / height).toBeCloseTo(1)
})

test('nothing has no tiles', () => {
  expect(tileMap([], 2)).toEqual([])
})
