import { expect, test } from 'vitest'
import type { Difference } from '../../../src-shared/contract/snapshots.ts'
import { differenceBytes, differenceRows, folderMark } from './difference-rows.ts'

function file(path: string, change: Difference['change'], fromBytes?: number, toBytes?: number): Difference {
  const base = { path, name: path.slice(path.lastIndexOf('/') + 1), kind: 'file', change } as const
  return { ...base, ...(fromBytes === undefined ? {} : { fromBytes }), ...(toBytes === undefined ? {} : { toBytes }) }
}

function folder(path: string, added: number, changed: number, removed: number, bytes = 0): Difference {
  return { ...file(path, 'changed'), kind: 'directory', below: { added, changed, removed, bytes } }
}

const loaded = new Map([
  ['', [folder('a', 1, 1, 0), folder('b', 0, 0, 3)]],
  ['a', [file('a/new.txt', 'added'), file('a/notes.md', 'changed')]],
])
const all = { text: '', hidden: new Set<Difference['change']>() }
const names = (rows: ReturnType<typeof differenceRows>) => rows.map((row) => row.difference.path)

test('expanded folders show what was read below them', () => {
  expect(names(differenceRows(loaded, new Set(['a']), all))).toEqual(['a', 'a/new.txt', 'a/notes.md', 'b'])
  expect(names(differenceRows(loaded, new Set(), all))).toEqual(['a', 'b'])
})

test('a hidden kind goes, with folders that have nothing else', () => {
  const view = { text: '', hidden: new Set<Difference['change']>(['removed', 'added']) }
  expect(names(differenceRows(loaded, new Set(['a']), view))).toEqual(['a', 'a/notes.md'])
})

test('a filter keeps the way to what it finds', () => {
  expect(names(differenceRows(loaded, new Set(['a']), { ...all, text: 'NOTES' }))).toEqual(['a', 'a/notes.md'])
})

test('bytes are what came, what went, or the difference', () => {
  expect(differenceBytes(file('x', 'added', undefined, 10))).toBe(10)
  expect(differenceBytes(file('x', 'removed', 7))).toBe(7)
  expect(differenceBytes(file('x', 'changed', 7, 4))).toBe(-3)
  expect(differenceBytes(folder('x', 1, 0, 0, 99))).toBe(99)
})

test('a folder has a mark when everything below has the same', () => {
  expect(folderMark(folder('x', 12, 0, 0))).toBe('added')
  expect(folderMark(folder('x', 1, 1, 0))).toBeUndefined()
  expect(folderMark(folder('x', 0, 0, 0))).toBe('changed')
})
