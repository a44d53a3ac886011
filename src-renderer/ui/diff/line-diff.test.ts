import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DiffRow, diffLines, foldSame, splitLines } from './line-diff.ts'
import { diffWords } from './word-diff.ts'

const textOf = (pieces: readonly { readonly text: string }[] | undefined) => pieces?.map((piece) => piece.text).join('')
const line = fc.stringMatching(/^[a-c ]{0,6}$/)
const text = fc.array(line, { maxLength: 25 }).map((lines) => lines.join('\n'))

test('side by side holds every line of both texts, in order and numbered', () => {
  fc.assert(
    fc.property(text, text, (left, right) => {
      const { rows, added, removed } = diffLines(left, right)
      const lefts = rows.flatMap((row) => (row.left === undefined ? [] : [row.left]))
      const rights = rows.flatMap((row) => (row.right === undefined ? [] : [row.right]))
      expect(lefts.map((side) => textOf(side.pieces))).toEqual(splitLines(left))
      expect(rights.map((side) => textOf(side.pieces))).toEqual(splitLines(right))
      expect(lefts.map((side) => side.line)).toEqual(lefts.map((_, at) => at + 1))
      expect(splitLines(left).length - removed + added).toBe(splitLines(right).length)
    }),
  )
})

test('a changed word is marked on both sides, the rest of the line is not', () => {
  const { rows, places } = diffLines('kelp at eight stations\nsame', 'kelp at nine stations\nsame')
  expect(places).toBe(1)
  expect(rows[0]?.left?.pieces.filter((piece) => piece.isChanged).map((piece) => piece.text)).toEqual(['eight'])
  expect(rows[0]?.right?.pieces.filter((piece) => piece.isChanged).map((piece) => piece.text)).toEqual(['nine'])
})

test('lines that have nothing in common get no marks inside', () => {
  const words = diffWords('alpha beta gamma', 'one two three')
  expect([...words.left, ...words.right].some((piece) => piece.isChanged)).toBe(false)
})

test('folding hides only identical lines, keeps context, and opens again', () => {
  const same = (at: number): DiffRow => {
    const side = { line: at + 1, pieces: [] }
    return { kind: 'same', left: side, right: side }
  }
  const change: DiffRow = { kind: 'change', left: undefined, right: { line: 1, pieces: [] } }
  const rows = [
    ...Array.from({ length: 10 }, (_, at) => same(at)),
    change,
    ...Array.from({ length: 12 }, (_, at) => same(at)),
    change,
  ]
  const folded = foldSame(rows)
  expect(folded.filter((row) => row.kind === 'fold')).toEqual([
    { kind: 'fold', from: 0, to: 7 },
    { kind: 'fold', from: 14, to: 20 },
  ])
  const shown = folded.reduce((sum, row) => sum + (row.kind === 'row' ? 1 : row.to - row.from), 0)
  expect(shown).toBe(rows.length)
  expect(foldSame(rows, 3, new Set([14])).filter((row) => row.kind === 'fold')).toEqual([
    { kind: 'fold', from: 0, to: 7 },
  ])
})
