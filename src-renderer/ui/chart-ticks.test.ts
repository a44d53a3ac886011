import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteTicks, timeTicks } from './chart-ticks.ts'

const MIB = 2 ** 20

test('an axis of bytes has plain numbers of one unit', () => {
  expect(byteTicks(6.68 * MIB, 3)).toEqual([0, 2 * MIB, 4 * MIB, 6 * MIB, 8 * MIB])
  expect(byteTicks(0, 3)[0]).toBe(0)
})

test('an axis of bytes reaches above the most there is, and not far above', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 50 }), fc.integer({ min: 2, max: 5 }), (most, count) => {
      const ticks = byteTicks(most, count)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most)
      expect(ticks.at(-1)).toBeLessThanOrEqual(most * 2.5 + 2)
      expect(ticks.length).toBeLessThanOrEqual(count * 2 + 1)
    }),
  )
})

test('an axis of time stays inside, and never says the same day twice', () => {
  const span = fc.integer({ min: 1000, max: 5 * 365 * 86_400_000 })
  fc.assert(
    fc.property(fc.integer({ min: 1.6e12, max: 1.9e12 }), span, (from, length) => {
      const { ticks, format } = timeTicks(from, from + length, 4, from + length)
      expect(ticks.length).toBeLessThanOrEqual(9)
      for (const at of ticks) {
        expect(at).toBeGreaterThanOrEqual(from)
        expect(at).toBeLessThanOrEqual(from + length)
      }
      if (length < 300 * 86_400_000 && length > 2 * 86_400_000)
        expect(new Set(ticks.map(format)).size).toBe(ticks.length)
    }),
  )
})
