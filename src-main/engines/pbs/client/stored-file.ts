import { ENCRYPTED_HEADER_BYTES, MAX_BLOB_PLAIN_BYTES } from '../../../storage/blob.ts'
import { MAX_DYNAMIC_ENTRIES } from '../../../storage/dynamic-index.ts'

const MAX_BLOB_BYTES = MAX_BLOB_PLAIN_BYTES + ENCRYPTED_HEADER_BYTES
/** As many entries as an index may have would be more than a buffer should hold: 25 million chunks are. */
const MAX_INDEX_BYTES = Math.min(4096 + MAX_DYNAMIC_ENTRIES * 40, 1 << 30)

/** Longest file of this name that is fetched whole. */
export function maxFileBytes(filename: string): number {
  return filename.endsWith('.blob') ? MAX_BLOB_BYTES : MAX_INDEX_BYTES
}
