import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultIdRange, shiftId, unshiftId } from './id-shift.ts'

test('A-06: an id of the range comes back from a shift', () => {
  const shift = fc.nat(2 ** 31)
  fc.assert(
    fc.property(shift, fc.nat(defaultIdRange - 1), (by, id) => {
      const place = { shift: by, range: defaultIdRange }
      expect(shiftId(id + by, place)).toBe(id)
      expect(unshiftId(id, place)).toBe(id + by)
      expect(shiftId(id + by + defaultIdRange, place)).toBe(id)
    }),
  )
})

test('A-06: a range of 2^32 wraps nothing', () => {
  expect(shiftId(4_000_000_000, { shift: 1, range: 2 ** 32 })).toBe(3_999_999_999)
})

test('A-06: an id below the shift is refused', () => {
  expect(() => shiftId(99, { shift: 100, range: defaultIdRange })).toThrow(
    expect.objectContaining({ code: 'input/invalid' }),
  )
})
