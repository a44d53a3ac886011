import type { GarbageResult } from '../../repository.ts'
import type { Bucket } from '../bucket.ts'
import { isAnswered } from '../bucket-failure.ts'
import type { BucketStore } from '../bucket-store.ts'
import type { BucketLock } from '../locks/bucket-locks.ts'
import { findGarbage, type GarbageTotals } from './find-garbage.ts'
import { candidateName, type GarbageCandidates } from './garbage-candidates.ts'
import { IndexMarks } from './index-marks.ts'
import { readStoreClock } from './store-clock.ts'
import { listTree, type UnfinishedFolder } from './stored-tree.ts'

export interface GarbageOptions {
  onProgress(done: number, total: number): void
  /** Unix milliseconds by the clock of the store; a test may be later. */
  readonly readClock?: typeof readStoreClock | undefined
}

const MINUTE_MS = 60_000
/**
 * 24 h 5 min, as PBS has it: the next run of a backup that was cut off finds its chunks again. Nothing rests on it: while
 * chunks are removed nobody writes.
 */
const GRACE_MS = (24 * 60 + 5) * MINUTE_MS
/** The clocks of a store's computers differ: what was stored this shortly before counts as stored meanwhile. */
const SKEW_MS = 15 * MINUTE_MS
/** What one request may delete; each is confirmed by the lock. */
const BATCH = 1000

/**
 * Removes the chunks that no index refers to (spec pbs §8.6), and what crashed runs left.
 *
 * What takes long, reading all indexes and listing all chunks, happens while others may write. Then the sweep lock keeps them out:
 * whoever wrote before it is finished, and marked by a second look at what came meanwhile, or died. Who writes after it sees
 * what is gone. So a crash at any moment leaves garbage at most, and no chunk is missed by anybody.
 *
 * Throws `repository/locked` while a backup or another collection runs, `index/corrupt` before anything was removed.
 */
export async function collectGarbage(
  store: BucketStore,
  { onProgress, readClock = readStoreClock }: GarbageOptions,
  signal: AbortSignal,
): Promise<GarbageResult> {
  const { bucket, locks } = store
  // Rather now than after an hour of reading.
  await (await locks.acquire({ kind: 'sweep' }, signal)).release()
  const startedAt = await readClock(bucket, signal)
  const threshold = startedAt - GRACE_MS
  const marks = new IndexMarks()
  const marking = { since: startedAt - SKEW_MS, onProgress }
  await marks.add(bucket, (await listTree(bucket, signal)).indexes, marking, signal)
  const { candidates, totals } = await findGarbage(bucket, { marks, threshold, onProgress }, signal)

  const lock = await locks.acquire({ kind: 'sweep' }, signal, { isPatient: true })
  try {
    const running = AbortSignal.any([signal, lock.lost])
    const tree = await listTree(bucket, running)
    await marks.add(bucket, tree.indexes, { ...marking, onProgress() {} }, running)
    await sweep({ bucket, lock, marks, totals }, candidates, running)
    await removeLeftovers(bucket, { lock, folders: tree.unfinished, threshold }, running)
  } finally {
    await lock.release()
  }
  return totals
}

interface SweepParts {
  readonly bucket: Bucket
  readonly lock: BucketLock
  readonly marks: IndexMarks
  readonly totals: GarbageTotals
}

async function sweep(
  { bucket, lock, marks, totals }: SweepParts,
  candidates: GarbageCandidates,
  signal: AbortSignal,
): Promise<void> {
  let names: string[] = []
  let batch = { bytes: 0, chunks: 0 }
  const flush = async () => {
    if (names.length === 0) return
    await deleteUnderLock({ bucket, lock }, names, signal)
    totals.removedBytes += batch.bytes
    totals.removedChunks += batch.chunks
    totals.diskBytes -= batch.bytes
    totals.diskChunks -= batch.chunks
    names = []
    batch = { bytes: 0, chunks: 0 }
  }
  for (const candidate of candidates) {
    const { digest, sizeBytes, kind } = candidate
    if (marks.has(digest) && !(kind.is === 'bad' && kind.isReplaced)) continue
    names.push(candidateName(candidate))
    batch.bytes += sizeBytes
    if (kind.is === 'chunk') batch.chunks++
    if (names.length === BATCH) await flush()
  }
  await flush()
}

/** Snapshots that were never finished. Nobody writes now, so that they never will be. */
async function removeLeftovers(
  bucket: Bucket,
  parts: { readonly lock: BucketLock; readonly folders: readonly UnfinishedFolder[]; readonly threshold: number },
  signal: AbortSignal,
): Promise<void> {
  for (const { names, newest } of parts.folders) {
    if (newest >= parts.threshold) continue
    await deleteUnderLock({ bucket, lock: parts.lock }, names, signal)
  }
}

/**
 * Once it is sent it is not cancelled: the store might carry it out after the lock was given back, when a backup has found the
 * chunks still there and counts on them. Without an answer the lock is left to grow old.
 */
async function deleteUnderLock(
  { bucket, lock }: Pick<SweepParts, 'bucket' | 'lock'>,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await lock.confirm(signal)
  try {
    await bucket.delete(names, lock.lost)
  } catch (error) {
    if (!isAnswered(error)) lock.leave()
    throw error
  }
}
