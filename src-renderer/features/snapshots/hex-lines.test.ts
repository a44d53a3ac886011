import { expect, test } from 'vitest'
import { hexLines } from './hex-lines.ts'

test('sixteen bytes a line, with offset and what is printable', () => {
  const hex = Array.from({ length: 18 }, (_, at) => (0x3e + at).toString(16).padStart(2, '0')).join('')
  expect(hexLines(hex)).toEqual([
    '00000000  3e 3f 40 41 42 43 44 45  46 47 48 49 4a 4b 4c 4d  >?@ABCDEFGHIJKLM',
    '00000010  4e 4f                                             NO',
  ])
  expect(hexLines('')).toEqual([])
  expect(hexLines('0a7f80')[0]?.endsWith('...')).toBe(true)
})
