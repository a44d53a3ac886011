import { expect, test } from 'vitest'
import type { Entry } from '../../../src-shared/model/entry.ts'
import { snapshotId } from '../../../src-shared/model/ids.ts'
import { restoreSource } from './restore-source.ts'

const shown = snapshotId.parse('00000000-0000-4000-8000-000000000001')
const monday = snapshotId.parse('00000000-0000-4000-8000-000000000002')
const sunday = snapshotId.parse('00000000-0000-4000-8000-000000000003')

function entry(path: string, deletedAfter?: Entry['deletedAfter']): Entry {
  const base = { path, name: path, kind: 'file', sizeBytes: 1, modifiedAt: 0, permissions: 0, uid: 0, gid: 0 } as const
  return deletedAfter === undefined ? base : { ...base, deletedAfter }
}

test('what is there comes from the shown snapshot, and ghosts among it are counted', () => {
  const source = restoreSource([entry('a'), entry('b', { snapshotId: monday, at: 2 })], shown)
  expect(source).toEqual({ snapshotId: shown, paths: ['a'], leftOut: 1 })
})

test('ghosts come from the last snapshot that has them, the newest first', () => {
  const source = restoreSource(
    [
      entry('a', { snapshotId: sunday, at: 1 }),
      entry('b', { snapshotId: monday, at: 2 }),
      entry('c', { snapshotId: monday, at: 2 }),
    ],
    shown,
  )
  expect(source).toEqual({ snapshotId: monday, paths: ['b', 'c'], leftOut: 1 })
})

test('nothing chosen is nothing to restore', () => {
  expect(restoreSource([], shown)).toEqual({ snapshotId: shown, paths: [], leftOut: 0 })
})
