import { expect, test } from 'vitest'
import { isInTreeArchive } from './tree-archive.ts'

const archives = [
  'Documents.mpxar.didx',
  'Documents.ppxar.didx',
  'old.pxar.didx',
  'c.caidx',
  'disk.img.fidx',
  'dump.didx',
]

test.each([
  ['Documents/a', true],
  ['old/a/b', true],
  ['c/a', true],
  ['Documents', false],
  ['images/disk.img', false],
  ['images/dump', false],
  ['dump/a', false],
  ['Document/a', false],
])('%s is in an archive of files: %s', (path, expected) => {
  expect(
    isInTreeArchive(
      archives.map((filename) => ({ filename })),
      path,
    ),
  ).toBe(expected)
})
