import { expect, test } from 'vitest'
import { highlight } from './highlight.ts'

const marked = (name: string, search: string) =>
  highlight(name, search)
    .map(({ text, isHit }) => (isHit ? `[${text}]` : text))
    .join('')

test('every word is marked wherever it is, whatever its case', () => {
  expect(marked('Grant-final-grant.md', 'grant')).toBe('[Grant]-final-[grant].md')
  expect(marked('field notes 2025', 'notes field')).toBe('[field] [notes] 2025')
  expect(marked('thesis.pdf', 'x')).toBe('thesis.pdf')
  expect(marked('thesis.pdf', '  ')).toBe('thesis.pdf')
  expect(marked('İstanbul.txt', 'ist')).toBe('[İst]anbul.txt')
})

test('accents do not count, and are marked with their letters', () => {
  expect(marked('Élan vital.txt', 'elan')).toBe('[Élan] vital.txt')
  expect(marked('E\u0301lan.txt', 'él')).toBe('[E\u0301l]an.txt')
  expect(marked('', 'x')).toBe('')
})
