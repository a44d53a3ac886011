import fc from 'fast-check'
import { expect, test } from 'vitest'
import { byteTicks, timeTicks } from './chart-ticks.ts'

const MIB = 2 ** 20

test('an axis of bytes has plain numbers of one unit', () => {
  const { ticks, format } = byteTicks(6.68 * MIB, 3)
  expect(ticks.map(format)).toEqual(['0 MiB', '2 MiB', '4 MiB', '6 MiB', '8 MiB'])
  expect(ticks.at(-1)).toBe(8 * MIB)
  expect(saidOf(1020 * MIB)).toEqual(['0 GiB', '0.5 GiB', '1 GiB'])
  expect(saidOf(990 * MIB)).toEqual(['0 MiB', '500 MiB', '1,000 MiB'])
  expect(saidOf(0)).toEqual(['0 B', '1 B', '2 B', '3 B'])
})

function saidOf(most: number): string[] {
  const { ticks, format } = byteTicks(most, 3)
  return ticks.map(format)
}

test('an axis of bytes reaches above the most there is, and not far above', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 50 }), fc.integer({ min: 2, max: 5 }), (most, count) => {
      const { ticks, format } = byteTicks(most, count)
      expect(new Set(ticks.map(format)).size).toBe(ticks.length)
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(most)
      expect(ticks.at(-1)).toBeLessThanOrEqual(most * 2.5 + 4)
      expect(ticks.length).toBeLessThanOrEqual(count * 2 + 1)
    }),
  )
})

test('an axis of time stays inside, and never says the same second or day twice', () => {
  const span = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 1000, max: 5 * 365 * 86_400_000 }))
  fc.assert(
    fc.property(fc.integer({ min: 1.6e12, max: 1.9e12 }), span, (from, length) => {
      const { ticks, format } = timeTicks(from, from + length, 4, from + length)
      expect(ticks.length).toBeGreaterThan(0)
      expect(ticks.length).toBeLessThanOrEqual(9)
      for (const at of ticks) {
        expect(at).toBeGreaterThanOrEqual(from)
        expect(at).toBeLessThanOrEqual(from + length)
      }
      if (length < 10 * 60_000 || (length < 300 * 86_400_000 && length > 2 * 86_400_000))
        expect(new Set(ticks.map(format)).size).toBe(ticks.length)
    }),
  )
})
