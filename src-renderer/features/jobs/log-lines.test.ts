import { expect, test } from 'vitest'
import { addLines, MOST_LINES } from './log-lines.ts'

const line = (id: number) => ({ id, at: 0, level: 'info' as const, message: String(id) })

test('the past that comes again after a break is not shown twice', () => {
  const before = addLines([], { buffered: true, lines: [line(1), line(2)] })
  const after = addLines(before, { buffered: true, lines: [line(1), line(2), line(3)] })
  expect(after.map((each) => each.id)).toEqual([1, 2, 3])
})

test('a very long log keeps its end', () => {
  const lines = Array.from({ length: MOST_LINES + 5 }, (_, id) => line(id))
  const kept = addLines([], { buffered: true, lines })
  expect([kept.length, kept[0]?.id]).toEqual([MOST_LINES, 5])
})
