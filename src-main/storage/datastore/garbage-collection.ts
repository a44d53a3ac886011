import { open, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Datastore } from './datastore.ts'
import { changeDisk } from './disk-error.ts'
import { removeQuietly, temporaryName } from './durable-file.ts'
import { markChunks } from './garbage-mark.ts'
import { sweepChunks } from './garbage-sweep.ts'
import { CHUNKS_FOLDER } from './layout.ts'

/** What garbage collection found and did, with the meaning of PBS's status object (spec pbs §8.6). */
export interface GarbageStatus {
  readonly indexFiles: number
  /** Length of all streams and images that the indexes describe: what would be stored without deduplication. */
  readonly indexDataBytes: bigint
  readonly diskBytes: number
  readonly diskChunks: number
  readonly removedBytes: number
  readonly removedChunks: number
  /** Nothing refers to them, but they are too young to go. */
  readonly pendingBytes: number
  readonly pendingChunks: number
  readonly removedBad: number
  readonly stillBad: number
  /** Chunks that an index names and that are not there, each counted once per index that was read. */
  readonly missingChunks: number
  /** Indexes that could not be read: what they refer to was not marked, see `collectGarbage`. */
  readonly damagedIndexes: readonly string[]
}

/** `mark` counts index files, `sweep` folders of chunks. */
export interface GarbageProgress {
  readonly phase: 'mark' | 'sweep'
  readonly done: number
  readonly total: number
}

export interface GarbageOptions {
  /** Unix milliseconds. */
  readonly now: () => number
  readonly onProgress?: ((progress: GarbageProgress) => void) | undefined
  /** How long unused chunks stay at least; PBS's `gc-atime-cutoff`. */
  readonly cutoffMs?: number | undefined
}

const MINUTE_MS = 60_000
/** 24 h 5 min: a day for file systems that refresh access times once a day (relatime), and some for clocks that differ. */
const DEFAULT_CUTOFF_MS = (24 * 60 + 5) * MINUTE_MS
const BACKUP_MARGIN_MS = 5 * MINUTE_MS
/** PBS allows no less than one minute; below that a chunk could go between its insertion and its index. */
const MIN_CUTOFF_MS = MINUTE_MS

/**
 * Removes the chunks that no index refers to (spec pbs §8.6). Backups may run meanwhile, in any process: what was used
 * since the oldest of them began stays. Nothing is removed when any index could not be read, since its chunks could not
 * be marked. Throws `repository/locked` while another collection runs, `repository/unsupported` when the file system
 * does not keep access times.
 */
export async function collectGarbage(
  store: Datastore,
  { now, onProgress, cutoffMs = DEFAULT_CUTOFF_MS }: GarbageOptions,
  signal: AbortSignal,
): Promise<GarbageStatus> {
  if (!(cutoffMs >= MIN_CUTOFF_MS)) throw new RangeError(`a cutoff of ${cutoffMs} ms is not safe`)
  const storeLock = await store.locks.lockStore('shared')
  try {
    const lock = await store.locks.lockGarbageCollection()
    try {
      await checkAccessTimes(store)
      const startedAt = now()
      const oldest = (await store.locks.oldestBackup()) ?? startedAt
      const threshold = thresholdOf(startedAt, Math.min(oldest, startedAt), cutoffMs)
      const report = (phase: GarbageProgress['phase']) => (done: number, total: number) =>
        onProgress?.({ phase, done, total })
      const marked = await markChunks(store, { atMs: startedAt, onProgress: report('mark') }, signal)
      const removes = marked.damagedIndexes.length === 0
      const swept = await sweepChunks(
        store.path,
        { threshold: removes ? threshold : Number.NEGATIVE_INFINITY, oldest, onProgress: report('sweep') },
        signal,
      )
      return { ...marked, ...swept }
    } finally {
      await lock.release()
    }
  } finally {
    await storeLock.release()
  }
}

/** Unused since before this time (Unix ms): garbage. */
export function thresholdOf(startedAt: number, oldestBackup: number, cutoffMs: number): number {
  const threshold = startedAt - cutoffMs
  return oldestBackup < threshold ? oldestBackup - BACKUP_MARGIN_MS : threshold
}

/** Marks are access times: where they cannot be set, everything would look unused. */
async function checkAccessTimes(store: Datastore): Promise<void> {
  const probe = temporaryName(path.join(store.path, CHUNKS_FOLDER, '0000', 'probe'))
  await changeDisk(probe, async () => {
    try {
      await (await open(probe, 'wx', 0o600)).close()
      for (const seconds of [1_000_000_000, 1_500_000_000]) {
        await utimes(probe, seconds, seconds)
        if (Math.abs((await stat(probe)).atimeMs / 1000 - seconds) <= 2) continue // FAT counts in twos
        throw new HoldfastError('repository/unsupported', {
          detail: 'The file system does not keep the access times that garbage collection needs.',
        })
      }
    } finally {
      await removeQuietly(probe)
    }
  })
}
