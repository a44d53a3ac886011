import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CatalogCursor, encodeSignedVarint, encodeVarint } from './varint.ts'

const unsigned = (value: bigint | number): number[] => {
  const into: number[] = []
  encodeVarint(value, into)
  return into
}
const signed = (value: bigint): number[] => {
  const into: number[] = []
  encodeSignedVarint(value, into)
  return into
}
const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex')
const cursor = (bytes: readonly number[]): CatalogCursor => new CatalogCursor(Uint8Array.from(bytes), 100n)

test('numbers look as in the spec', () => {
  expect(hex(unsigned(300))).toBe('ac02')
  expect(hex(unsigned(0))).toBe('00')
  expect(hex(unsigned(2n ** 64n - 1n))).toBe(`${'ff'.repeat(9)}01`)
  expect(hex(signed(-1n))).toBe('8100')
  expect(hex(signed(-300n))).toBe('ac8200')
  expect(hex(signed(-(2n ** 63n)))).toBe(`${'80'.repeat(9)}8100`)
})

test('every number of 64 bits comes back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      const read = cursor(unsigned(value))
      expect(read.varint('number')).toBe(value)
      expect(read.leftBytes).toBe(0)
    }),
  )
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      const read = cursor(signed(value))
      expect(read.signedVarint('number')).toBe(value)
      expect(read.leftBytes).toBe(0)
    }),
  )
})

test('numbers that are cut off, too long or too large are refused with their place', () => {
  expect(() => cursor([0x80, 0x80]).varint('size')).toThrow('size at offset 102: is cut off')
  expect(() => cursor(Array(11).fill(0x80)).varint('size')).toThrow('size at offset 100')
  expect(() => cursor([...Array(9).fill(0xff), 0x02]).varint('size')).toThrow('64 bits')
  expect(() => cursor([...Array(9).fill(0xff), 0x01]).signedVarint('time')).toThrow('64 bits')
  expect(() => cursor([...Array(10).fill(0xff), 0x00]).signedVarint('time')).toThrow('64 bits')
  expect(() => cursor(Array(12).fill(0x80)).signedVarint('time')).toThrow('64 bits')
  expect(() => cursor([3, 1, 1]).length('length')).toThrow('3 is more than there is')
})

test('what is not a number of 64 bits is not written', () => {
  expect(() => unsigned(-1)).toThrow(RangeError)
  expect(() => unsigned(2n ** 64n)).toThrow(RangeError)
})
