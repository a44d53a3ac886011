import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { cleanUpPartial, neighbours, refreshChanges } from './forget.ts'
import { repeatFolderSizes } from './large-folders.ts'
import { openEnd } from './schema.ts'
import { writeInSlices } from './write-slices.ts'

/** Rows held in memory at a time. */
const batchSize = 50_000

/**
 * Indexes a snapshot whose trees are byte for byte those of `predecessor`: versions reach on until something changes, so only its own
 * row is written, and the versions that a later snapshot had ended which was forgotten since. False, and nothing done, unless `predecessor` is indexed, stands directly before it, and nothing comes after it. The
 * caller holds the lineage's lock.
 */
export async function repeatSnapshot(
  db: Database,
  snapshot: SnapshotId,
  predecessor: SnapshotId,
  signal: AbortSignal,
): Promise<boolean> {
  const find = db.prepare<[string], { id: number; lineage: number; time: number; state: string }>(
    'SELECT id, lineage, time, state FROM snapshot WHERE uuid = ?',
  )
  const row = find.get(snapshot)
  const before = find.get(predecessor)
  if (row === undefined) throw new HoldfastError('snapshot/unknown')
  if (row.state === 'indexed' || before?.state !== 'indexed' || before.lineage !== row.lineage) return false
  const position = neighbours(db, row.lineage, row.time)
  if (position.before !== before.time || position.after !== undefined) return false
  await cleanUpPartial(db, row.lineage, signal)
  await reopenEnded(db, { lineage: row.lineage, newest: before.time, signal })
  db.transaction(() => {
    db.prepare(
      `UPDATE snapshot SET (state, entries, files, bytes) = (SELECT 'indexed', entries, files, bytes FROM snapshot WHERE id = ?) WHERE id = ?`,
    ).run(before.id, row.id)
    repeatFolderSizes(db, row.lineage, before.time, row.time)
    refreshChanges(db, row.lineage, row.time)
  }).immediate()
  return true
}

/** Lets what the newest indexed snapshot has reach on again. Right whenever it is cut off: nothing comes after that snapshot. */
async function reopenEnded(
  db: Database,
  { lineage, newest, signal }: { readonly lineage: number; readonly newest: number; readonly signal: AbortSignal },
): Promise<void> {
  const find = db.prepare<[object], { directory: number; name: number; first: number }>(
    `SELECT directory, name, first FROM version INDEXED BY version_closed
     WHERE lineage = :lineage AND last >= :newest AND last < ${openEnd} LIMIT ${batchSize}`,
  )
  const reopen = db.prepare(`UPDATE version SET last = ${openEnd} WHERE directory = ? AND name = ? AND first = ?`)
  const write = (key: { directory: number; name: number; first: number }) => {
    reopen.run(key.directory, key.name, key.first)
  }
  const parameters = { lineage, newest }
  for (let found = find.all(parameters); found.length > 0; found = find.all(parameters)) {
    await writeInSlices(db, found, write, signal)
  }
}
