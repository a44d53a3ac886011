import { expect, test } from 'vitest'
import { treeMove } from './tree-move.ts'

const row = (depth: number, isExpanded = false) => ({ depth, isExpanded })
/** music (open): scores (open): fugue.pdf; drafts. */
const rows = [row(0, true), row(1, true), row(2), row(1)]
const isFolder = [true, true, false, true]
const press = (key: string, at: number) => treeMove(key, at, rows, isFolder[at] ?? false)

test('right opens a folder, and goes into one that is open', () => {
  expect(press('ArrowRight', 3)).toEqual({ kind: 'expand', expand: true })
  expect(press('ArrowRight', 1)).toEqual({ kind: 'to', index: 2 })
  expect(press('ArrowRight', 2)).toBeUndefined()
})

test('left closes a folder, and goes up from what is closed', () => {
  expect(press('ArrowLeft', 1)).toEqual({ kind: 'expand', expand: false })
  expect(press('ArrowLeft', 2)).toEqual({ kind: 'to', index: 1 })
  expect(press('ArrowLeft', 3)).toEqual({ kind: 'to', index: 0 })
})

test('Enter and Space open, where a row has the focus', () => {
  expect(press('Enter', 2)).toEqual({ kind: 'open' })
  expect(press(' ', 0)).toEqual({ kind: 'open' })
  expect(press('Enter', -1)).toBeUndefined()
})

test('up and down stop at both ends, and other keys mean nothing', () => {
  expect(press('ArrowDown', -1)).toEqual({ kind: 'to', index: 0 })
  expect(press('ArrowDown', 3)).toEqual({ kind: 'to', index: 3 })
  expect(press('PageDown', 0)).toBeUndefined()
  expect(press('n', 0)).toBeUndefined()
})
