import { MAX_DYNAMIC_ENTRIES } from '../../../storage/dynamic-index.ts'

/** Longest file of a snapshot that is fetched whole: an index with as many entries as one may have. */
export const MAX_FILE_BYTES = Math.min(4096 + MAX_DYNAMIC_ENTRIES * 40, 1 << 30)
