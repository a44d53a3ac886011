import type { Digest } from '../../../../src-shared/model/digest.ts'
import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import { parseChunkName } from '../../../storage/datastore/layout.ts'
import type { GarbageResult } from '../../repository.ts'
import type { Bucket, StoredObject } from '../bucket.ts'
import { CHUNKS_PREFIX, chunkName } from '../object-names.ts'
import { type Candidate, GarbageCandidates } from './garbage-candidates.ts'
import type { IndexMarks } from './index-marks.ts'

export type GarbageTotals = { -readonly [Key in keyof GarbageResult]: GarbageResult[Key] }

export interface FindOptions {
  readonly marks: IndexMarks
  /** Unix milliseconds of the store: what was stored since then stays. */
  readonly threshold: number
  onProgress(done: number, total: number): void
}

/** 620 MB of memory, which only a bucket of 64 TiB of garbage takes. */
const MAX_CANDIDATES = 1 << 24
/** A listing is an answer after the other; these go side by side. */
const LISTINGS = [...'0123456789abcdef']
const LISTINGS_AT_ONCE = 4
const REPORT_EVERY = 1000
/** What a candidate has room for; no chunk is of this size. */
const MAX_COUNTED_BYTES = 2 ** 32 - 1

/**
 * Lists all chunks once. What nothing refers to and is old enough may go, unless somebody refers to it by now; copies that were
 * set aside also when a good one is there again. All that is not gone counts as being there.
 */
export async function findGarbage(
  bucket: Pick<Bucket, 'list'>,
  options: FindOptions,
  signal: AbortSignal,
): Promise<{ readonly candidates: GarbageCandidates; readonly totals: GarbageTotals }> {
  const { marks, threshold, onProgress } = options
  const candidates = new GarbageCandidates(MAX_CANDIDATES)
  const totals = {
    ...{ removedBytes: 0, removedChunks: 0, pendingBytes: 0, pendingChunks: 0 },
    ...{ diskBytes: 0, diskChunks: 0 },
  }
  let seen = 0
  let finished = 0
  await forEachBounded(LISTINGS, LISTINGS_AT_ONCE, async (start) => {
    let good: Digest | undefined
    for await (const object of bucket.list(`${CHUNKS_PREFIX}${start}`, signal)) {
      if (++seen % REPORT_EVERY === 0) onProgress(finished, LISTINGS.length)
      const found = candidateOf(object, good)
      if (found === undefined) continue
      const isChunk = found.kind.is === 'chunk'
      // A chunk comes right before its copies.
      if (isChunk) good = found.digest
      totals.diskBytes += object.sizeBytes
      if (isChunk) totals.diskChunks++
      const isWanted = marks.has(found.digest) && !(found.kind.is === 'bad' && found.kind.isReplaced)
      if (isWanted) continue
      if (object.modifiedAt < threshold) {
        candidates.add(found)
      } else if (isChunk) {
        totals.pendingBytes += object.sizeBytes
        totals.pendingChunks++
      }
    }
    onProgress(++finished, LISTINGS.length)
  })
  return { candidates, totals }
}

/** Undefined for what is no chunk, and none of ours to remove. */
function candidateOf({ name, sizeBytes }: StoredObject, good: Digest | undefined): Candidate | undefined {
  const filename = name.slice(name.lastIndexOf('/') + 1)
  const parsed = parseChunkName(filename)
  if (parsed === undefined || sizeBytes > MAX_COUNTED_BYTES) return undefined
  const { digest, isBad } = parsed
  if (name !== `${chunkName(digest)}${filename.slice(digest.length)}`) return undefined
  if (isBad) {
    const copy = Number(filename.charAt(digest.length + 1))
    return { digest, sizeBytes, kind: { is: 'bad', copy, isReplaced: good === digest } }
  }
  return { digest, sizeBytes, kind: { is: sizeBytes === 0 ? 'empty' : 'chunk' } }
}
