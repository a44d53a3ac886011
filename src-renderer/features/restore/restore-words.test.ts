import { expect, test } from 'vitest'
import type { RestorePreview, RestoreReceipt } from '../../../src-shared/model/restore.ts'
import { chosenNote, nothingWords, receiptTitle, restoredNote, writesWords } from './restore-words.ts'

const counts = { new: 0, overwrite: 0, 'newer-on-disk': 0, identical: 0, 'keep-both': 0, skip: 0 }
const preview: RestorePreview = {
  items: [],
  counts,
  files: 35,
  writeBytes: 1024,
  targetRoot: '/home/maren',
  complete: true,
}
const receipt: RestoreReceipt = {
  seen: 35,
  restored: 33,
  identical: 1,
  skipped: 1,
  failed: 0,
  folders: 0,
  restoredFolders: 0,
  writtenBytes: 1,
  targetRoot: '/home/maren',
  undone: false,
}

test('free space is said, and said when it is not enough', () => {
  expect(writesWords({ ...preview, availableBytes: 2 ** 30 })).toBe('Writes 1.00 KiB, 1.00 GiB are free.')
  expect(writesWords({ ...preview, availableBytes: 512 })).toBe('Writes 1.00 KiB, but only 512 B are free.')
  expect(writesWords(preview)).toBe('Writes 1.00 KiB.')
})

test('nothing to write has its reason', () => {
  expect(nothingWords({ ...preview, counts: { ...counts, identical: 35 } })).toBe(
    'All 35 files on disk are identical. There is nothing to write.',
  )
  expect(nothingWords({ ...preview, files: 0 })).toBe('There are no files in this choice.')
  expect(nothingWords({ ...preview, counts: { ...counts, skip: 35 } })).toContain('stays as it is')
})

test('the receipt says the fact, with failures in the same sentence', () => {
  expect(receiptTitle(receipt)).toBe('33 files are back.')
  expect(receiptTitle({ ...receipt, restored: 1 })).toBe('1 file is back.')
  expect(receiptTitle({ ...receipt, failed: 2 })).toBe('33 files are back, 2 could not be restored.')
  expect(receiptTitle({ ...receipt, restored: 0 })).toBe('Nothing was written.')
  expect(receiptTitle({ ...receipt, undone: true })).toBe('The restore was undone.')
})

test('what was restored is split as the preview split it', () => {
  expect(restoredNote({ ...preview, counts: { ...counts, new: 32, overwrite: 1 } })).toBe('32 new, 1 overwritten')
})

test('folders are not files', () => {
  const two = { ...receipt, seen: 4, restored: 3, folders: 2, restoredFolders: 1 }
  expect(receiptTitle(two)).toBe('2 files and 1 folder are back.')
  expect(chosenNote(two)).toBe('2 files and 2 folders')
  expect(receiptTitle({ ...two, restored: 1, restoredFolders: 1 })).toBe('1 folder is back.')
})
