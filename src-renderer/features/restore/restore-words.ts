import type { RestorePreview, RestoreReceipt } from '../../../src-shared/model/restore.ts'
import { t } from '../../i18n/translate.ts'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { writtenFiles } from './preview-rows.ts'

/** `Writes 3 MiB, 512 GiB are free.`; says so when it is not enough. */
export function writesWords({ writeBytes, availableBytes }: RestorePreview): string {
  const bytes = formatBytes(writeBytes)
  if (availableBytes === undefined) return t('restore.writes', { bytes })
  const said = { bytes, free: formatBytes(availableBytes) }
  return availableBytes < writeBytes ? t('restore.writesTooMuch', said) : t('restore.writesFree', said)
}

export function undoWords(overwrites: boolean, date: string): string {
  return overwrites ? t('restore.overwrittenKept', { date }) : t('restore.undoUntil', { date })
}

/** Why there is nothing to write. */
export function nothingWords({ files, counts }: RestorePreview): string {
  if (files === 0) return t('restore.noFilesIn')
  if (counts.identical === files) {
    return files === 1 ? t('restore.identicalOne') : t('restore.identicalAll', { files: formatCounted(files, 'file') })
  }
  return t('restore.nothingWritten')
}

/** The fact in one sentence, once it has happened. */
export function receiptTitle(receipt: RestoreReceipt): string {
  if (receipt.undone) return t('restore.wasUndone')
  if (receipt.restored === 0 && receipt.failed === 0) return t('restore.wroteNothing')
  if (receipt.restored === 0) return t('restore.noneRestored')
  const what = entriesWords(receipt.restored - receipt.restoredFolders, receipt.restoredFolders)
  if (receipt.failed === 0) return t('restore.back', { count: receipt.restored, what })
  return t('restore.backFailed', { count: receipt.restored, what, failed: receipt.failed })
}

/** `32 new, 1 overwritten` under the count of what was restored. */
export function restoredNote(preview: RestorePreview | undefined): string {
  if (preview === undefined || writtenFiles(preview.counts) === 0) return '\u00a0'
  const { counts } = preview
  const parts = [
    counts.new > 0 ? t('restore.noteNew', { n: counts.new }) : '',
    counts.overwrite > 0 ? t('restore.noteOverwritten', { n: counts.overwrite }) : '',
    counts['keep-both'] > 0 ? t('restore.noteBeside', { n: counts['keep-both'] }) : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** `35 files and 2 folders` under what was chosen: the sum counts both. */
export function chosenNote({ seen, folders }: RestoreReceipt): string {
  return entriesWords(seen - folders, folders)
}

function entriesWords(files: number, folders: number): string {
  if (folders === 0) return formatCounted(files, 'file')
  if (files === 0) return formatCounted(folders, 'folder')
  return t('restore.andFolders', { files: formatCounted(files, 'file'), folders: formatCounted(folders, 'folder') })
}
