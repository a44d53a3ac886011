import { expect, test } from 'vitest'
import type { RestoreOutcome, RestorePreviewItem } from '../../../src-shared/model/restore.ts'
import { type PreviewView, previewRows, writtenFiles } from './preview-rows.ts'

function item(path: string, outcome: RestoreOutcome = 'new', kind = 'file'): RestorePreviewItem {
  return { path, targetPath: `/home/${path}`, kind, sizeBytes: 10, modifiedAt: 0, outcome }
}

const items = [
  item('a/talks', 'new', 'directory'),
  ...Array.from({ length: 6 }, (_, at) => item(`a/talks/${at}.m4a`)),
  item('a/raw.csv', 'overwrite'),
]
const view: PreviewView = {
  chosen: ['a/talks', 'a/raw.csv'],
  filter: undefined,
  folded: new Set(),
  unfolded: new Set(),
}

test('a chosen folder is one line with its first files, and a line for the rest', () => {
  expect(previewRows(items, view)).toMatchObject([
    { kind: 'folder', path: 'a/talks', files: 6, bytes: 60, outcome: 'new', isOpen: true },
    { kind: 'item', name: '0.m4a', depth: 1 },
    { kind: 'item', name: '1.m4a' },
    { kind: 'item', name: '2.m4a' },
    { kind: 'more', folder: 'a/talks', files: 3, bytes: 30 },
    { kind: 'item', name: 'raw.csv', depth: 0 },
  ])
})

test('a folder folds to one line and unfolds to all of its files', () => {
  expect(previewRows(items, { ...view, folded: new Set(['a/talks']) })).toHaveLength(2)
  expect(previewRows(items, { ...view, unfolded: new Set(['a/talks']) })).toHaveLength(8)
})

test('a filter leaves only its outcome, and folders that have none of it go', () => {
  expect(previewRows(items, { ...view, filter: 'overwrite' })).toMatchObject([{ kind: 'item', name: 'raw.csv' }])
})

test('names that only begin alike are not inside', () => {
  const rows = previewRows([item('a/talks/1'), item('a/talks-old')], view)
  expect(rows).toMatchObject([{ kind: 'folder' }, { kind: 'item', depth: 1 }, { kind: 'item', depth: 0 }])
})

test('what will be written is counted', () => {
  expect(writtenFiles({ new: 32, overwrite: 1, 'newer-on-disk': 1, identical: 1, 'keep-both': 2, skip: 5 })).toBe(35)
})
