import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldText, oneSpelling } from './fold-text.ts'

test.each([
  ['Élan', 'elan'],
  ['E\u0301lan', 'elan'],
  ['Über Größe', 'uber große'],
  ['İSTANBUL', 'istanbul'],
  ['Ёлка', 'елка'],
  ['ΚΑΛΗΜΈΡΑ', 'καλημερα'],
  ['readme.TXT', 'readme.txt'],
])('%s is found as %s', (text, folded) => {
  expect(foldText(text)).toBe(folded)
})

test('marks that make other letters stay: kana, Hangul, Devanagari', () => {
  for (const text of ['がぎぐ', '한국어', 'हिन्दी']) expect(foldText(text.normalize('NFD'))).toBe(text.normalize('NFC'))
})

test('what is folded stays as it is, whatever form it came in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const folded = foldText(text)
      expect(foldText(folded)).toBe(folded)
      expect(foldText(text.normalize('NFD'))).toBe(folded)
      expect(foldText(oneSpelling(text))).toBe(folded)
    }),
  )
})
