import fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinArguments, splitArguments } from './arguments.ts'

test('any words come back from the line they make', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (words) => {
      expect(splitArguments(joinArguments(words))).toEqual(words)
    }),
  )
})

test('quotes keep spaces together', () => {
  expect(splitArguments(`mount "My disk" 'and that'  -v`)).toEqual(['mount', 'My disk', 'and that', '-v'])
})
