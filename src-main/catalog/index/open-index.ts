import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { LineageId, SnapshotId } from '../../../src-shared/model/ids.ts'
import { acquireFileLock } from '../database/file-lock.ts'
import { firstProblem, openDatabase } from '../database/open-database.ts'
import { translateSqliteError, translating } from '../database/sqlite-errors.ts'
import { watchChanges } from '../database/watch-changes.ts'
import { type CommonEnding, commonEnding } from './common-ending.ts'
import { forgetSnapshot } from './forget.ts'
import type { IndexEntry } from './index-entry.ts'
import { indexPath } from './index-reader.ts'
import { type IngestOptions, type IngestResult, ingestSnapshot } from './ingest.ts'
import { repeatSnapshot } from './repeat-snapshot.ts'
import { indexKind } from './schema.ts'
import { createSnapshotStore, type SnapshotStore } from './snapshot-store.ts'

/**
 * Writes `index.sqlite`. Open one in the thread that does the work: a job's worker ingests on a connection of its own. Work on one lineage
 * excludes other work on it, across threads and processes; different lineages go side by side in short transactions.
 */
export interface IndexWriter {
  readonly snapshots: SnapshotStore
  /** See `ingestSnapshot`. The snapshot must have been put before. Throws `snapshot/unknown`, `archive/corrupt`. */
  ingest(id: SnapshotId, entries: AsyncIterable<IndexEntry>, signal: AbortSignal): Promise<IngestResult>
  /** See `repeatSnapshot`: for a snapshot that is the same as the one before it. */
  repeat(id: SnapshotId, predecessor: SnapshotId, signal: AbortSignal): Promise<boolean>
  /** Takes a snapshot out; the last one takes its lineage along. No effect on one that is not there. */
  forget(id: SnapshotId, signal: AbortSignal): Promise<void>
  /** See `commonEnding`: of what came or changed from `older` to `id`, two snapshots of one lineage. */
  commonEnding(id: SnapshotId, older: SnapshotId): CommonEnding | undefined
  /** What is wrong with the file, or undefined. Reads all of it. */
  check(): string | undefined
  watchChanges(intervalMs: number, signal: AbortSignal): AsyncIterable<void>
  close(): void
}

/** Opens the index, creating it when needed. Throws `catalog/newer`, `catalog/corrupt`: then `removeIndex` and index again. */
export function openIndex(dataFolder: string, options: Omit<IngestOptions, 'signal'> = {}): IndexWriter {
  const db = openDatabase(indexPath(dataFolder), indexKind)
  const snapshots = createSnapshotStore(db)
  const lockFolder = join(dataFolder, 'index-locks')
  mkdirSync(lockFolder, { recursive: true, mode: 0o700 })

  const inLineage = async <Result>(
    id: LineageId,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const lock = await acquireFileLock(join(lockFolder, `${id}.lock`), signal)
    try {
      return await work()
    } catch (error) {
      throw translateSqliteError(error, indexKind.corruptHint)
    } finally {
      lock.release()
    }
  }

  return {
    snapshots: translating(snapshots, indexKind.corruptHint),
    async ingest(id, entries, signal) {
      const snapshot = snapshots.snapshot(id)
      if (snapshot === undefined) return ingestSnapshot(db, id, entries, { ...options, signal }) // says so
      return inLineage(snapshot.lineageId, signal, () => ingestSnapshot(db, id, entries, { ...options, signal }))
    },
    async repeat(id, predecessor, signal) {
      const snapshot = snapshots.snapshot(id)
      if (snapshot === undefined) throw new HoldfastError('snapshot/unknown')
      return inLineage(snapshot.lineageId, signal, () => repeatSnapshot(db, id, predecessor, signal))
    },
    async forget(id, signal) {
      const snapshot = snapshots.snapshot(id)
      if (snapshot === undefined) return
      await inLineage(snapshot.lineageId, signal, async () => {
        const number = db.prepare<[string], number>('SELECT id FROM snapshot WHERE uuid = ?').pluck().get(id)
        if (number !== undefined) await forgetSnapshot(db, number, signal)
        dropEmptyLineage(db, snapshot.lineageId)
      })
    },
    commonEnding(id, older) {
      const row = db.prepare<[string], { lineage: number; time: number }>(
        'SELECT lineage, time FROM snapshot WHERE uuid = ?',
      )
      const [to, from] = [row.get(id), row.get(older)]
      if (to === undefined || from === undefined) return undefined
      return commonEnding(db, { lineage: to.lineage, older: from.time, newer: to.time })
    },
    check: () => firstProblem(db),
    watchChanges: (intervalMs, signal) => watchChanges(db, intervalMs, signal),
    close: () => void db.close(),
  }
}

/** Deletes the index of a data folder: the first half of `catalog rebuild`. Nobody may have it open. */
export function removeIndex(dataFolder: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${indexPath(dataFolder)}${suffix}`, { force: true })
  rmSync(join(dataFolder, 'index-locks'), { recursive: true, force: true })
}

function dropEmptyLineage(db: Database, id: LineageId): void {
  db.transaction(() => {
    const lineage = db
      .prepare<[string], number>('SELECT id FROM lineage WHERE uuid = ? AND id NOT IN (SELECT lineage FROM snapshot)')
      .pluck()
      .get(id)
    if (lineage === undefined) return
    db.prepare('DELETE FROM sorted_name WHERE directory IN (SELECT id FROM directory WHERE lineage = ?)').run(lineage)
    db.prepare('DELETE FROM directory WHERE lineage = ?').run(lineage)
    db.prepare('DELETE FROM lineage WHERE id = ?').run(lineage)
  }).immediate()
}
