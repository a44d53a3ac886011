import { expect, test } from 'vitest'
import { modeWords } from './mode-words.ts'

test('modes read as ls writes them', () => {
  expect(modeWords(0o100644)).toBe('rw-r--r--')
  expect(modeWords(0o755)).toBe('rwxr-xr-x')
  expect(modeWords(0o4755)).toBe('rwsr-xr-x')
  expect(modeWords(0o2640)).toBe('rw-r-S---')
  expect(modeWords(0o1777)).toBe('rwxrwxrwt')
})
