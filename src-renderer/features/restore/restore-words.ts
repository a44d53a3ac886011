import type { RestorePreview, RestoreReceipt } from '../../../src-shared/model/restore.ts'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { writtenFiles } from './preview-rows.ts'

/** `, 512 GiB are free`; says so when it is not enough. */
export function availableWords({ writeBytes, availableBytes }: RestorePreview): string {
  if (availableBytes === undefined) return ''
  if (availableBytes < writeBytes) return `, but only ${formatBytes(availableBytes)} are free`
  return `, ${formatBytes(availableBytes)} are free`
}

/** Why there is nothing to write. */
export function nothingWords({ files, counts }: RestorePreview): string {
  if (files === 0) return 'There are no files in this choice.'
  if (counts.identical === files) {
    return files === 1
      ? 'The file on disk is identical. There is nothing to write.'
      : `All ${formatCounted(files, 'file')} on disk are identical. There is nothing to write.`
  }
  return 'Nothing will be written: what is on disk stays as it is.'
}

/** The fact in one sentence, once it has happened. */
export function receiptTitle(receipt: RestoreReceipt): string {
  if (receipt.undone) return 'The restore was undone.'
  if (receipt.restored === 0 && receipt.failed === 0) return 'Nothing was written.'
  if (receipt.restored === 0) return 'No file could be restored.'
  const back = `${formatCounted(receipt.restored, 'file')} ${receipt.restored === 1 ? 'is' : 'are'} back`
  return receipt.failed === 0 ? `${back}.` : `${back}, ${receipt.failed} could not be restored.`
}

/** `32 new, 1 overwritten` under the count of what was restored. */
export function restoredNote(preview: RestorePreview | undefined): string {
  if (preview === undefined || writtenFiles(preview.counts) === 0) return '\u00a0'
  const { counts } = preview
  const parts = [
    counts.new > 0 ? `${counts.new} new` : '',
    counts.overwrite > 0 ? `${counts.overwrite} overwritten` : '',
    counts['keep-both'] > 0 ? `${counts['keep-both']} beside` : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}
