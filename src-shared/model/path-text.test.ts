import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToPathText, displayPath, pathTextToBytes } from './path-text.ts'

test('every name comes back byte for byte, also through JSON', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const text = JSON.parse(JSON.stringify(bytesToPathText(bytes))) as string
      expect([...pathTextToBytes(text)]).toEqual([...bytes])
    }),
  )
})

test('valid UTF-8 is the text it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(bytesToPathText(new TextEncoder().encode(text))).toBe(text)
    }),
  )
})

test('a Latin-1 name shows its broken byte as a replacement character, an emoji stays whole', () => {
  expect(displayPath(bytesToPathText(Uint8Array.from([0x63, 0x61, 0x66, 0xe9])))).toBe('caf\ufffd')
  expect(displayPath('\u{1f600}.txt')).toBe('\u{1f600}.txt')
})
