import { expect, test } from 'vitest'
import { joinNames, lastComponent, numberWord } from './words.ts'

test('names are joined as in a sentence, and cut by counting', () => {
  expect(joinNames([])).toBe('')
  expect(joinNames(['a'])).toBe('a')
  expect(joinNames(['a', 'b', 'c'])).toBe('a, b and c')
  expect(joinNames(['a', 'b', 'c', 'd', 'e'])).toBe('a, b and 3 more')
})

test('numbers up to twelve are words', () => {
  expect([numberWord(7), numberWord(13)]).toEqual(['seven', '13'])
})

test('the name of a path is its last component', () => {
  expect([lastComponent('/home/maren/Pictures/'), lastComponent('/')]).toEqual(['Pictures', '/'])
})
