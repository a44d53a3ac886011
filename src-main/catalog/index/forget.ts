import type { Database } from 'better-sqlite3'
import { changeTotals } from './change-totals.ts'
import { dropFolderSizes } from './large-folders.ts'
import { openEnd } from './schema.ts'
import { writeInSlices } from './write-slices.ts'

/** Rows held in memory at a time. */
const batchSize = 20_000

/** The indexed snapshots next to a time, that time excluded. */
export function neighbours(db: Database, lineage: number, time: number) {
  const before = db
    .prepare<[number, number], number>(
      "SELECT time FROM snapshot WHERE lineage = ? AND time < ? AND state = 'indexed' ORDER BY time DESC LIMIT 1",
    )
    .pluck()
    .get(lineage, time)
  const after = db
    .prepare<[number, number], number>(
      "SELECT time FROM snapshot WHERE lineage = ? AND time > ? AND state = 'indexed' ORDER BY time LIMIT 1",
    )
    .pluck()
    .get(lineage, time)
  return { before, after }
}

/** Takes one snapshot out of the index. Costs what changed at it, not what it holds. The caller holds the lineage's lock. */
export async function forgetSnapshot(db: Database, id: number, signal: AbortSignal): Promise<void> {
  const row = db
    .prepare<[number], { lineage: number; time: number }>('SELECT lineage, time FROM snapshot WHERE id = ?')
    .get(id)
  if (row === undefined) return
  db.prepare("UPDATE snapshot SET state = 'partial' WHERE id = ?").run(id)
  await removeUnreferenced(db, row.lineage, row.time, signal)
  const { after } = neighbours(db, row.lineage, row.time)
  db.transaction(() => {
    db.prepare('DELETE FROM snapshot WHERE id = ?').run(id)
    dropFolderSizes(db, row.lineage, row.time)
    if (after !== undefined) refreshChanges(db, row.lineage, after)
  }).immediate()
}

/** Undoes indexings that were cut off, but the one of `except`, which goes on. */
export async function cleanUpPartial(
  db: Database,
  lineage: number,
  signal: AbortSignal,
  except?: number,
): Promise<void> {
  const partial = db
    .prepare<[number, number], { id: number; time: number }>(
      "SELECT id, time FROM snapshot WHERE lineage = ? AND state = 'partial' AND id <> ?",
    )
    .all(lineage, except ?? 0)
  for (const { id, time } of partial) {
    await removeUnreferenced(db, lineage, time, signal)
    db.prepare("UPDATE snapshot SET state = 'listed' WHERE id = ?").run(id)
  }
}

/** Sets a snapshot's numbers of changes against the indexed snapshot before it. */
export function refreshChanges(db: Database, lineage: number, time: number): void {
  const { before } = neighbours(db, lineage, time)
  const update = db.prepare(
    'UPDATE snapshot SET added = ?, changed = ?, removed = ?, changed_bytes = ? WHERE lineage = ? AND time = ?',
  )
  if (before === undefined) {
    db.prepare(
      'UPDATE snapshot SET added = files, changed = 0, removed = 0, changed_bytes = bytes WHERE lineage = ? AND time = ?',
    ).run(lineage, time)
    return
  }
  const totals = changeTotals(db, lineage, before, time)
  update.run(totals.added, totals.changed, totals.removed, totals.addedBytes + totals.changedBytes, lineage, time)
}

/** Removes the versions that no indexed snapshot has: those between the neighbours of a time that is not indexed. */
async function removeUnreferenced(db: Database, lineage: number, time: number, signal: AbortSignal): Promise<void> {
  const { before = -1, after } = neighbours(db, lineage, time)
  // With a later snapshot they have ended, so that the small index of ended versions finds them.
  const condition =
    after === undefined
      ? 'INDEXED BY version_first WHERE lineage = :lineage AND first > :before'
      : `INDEXED BY version_closed
         WHERE lineage = :lineage AND last > :before AND last < :after AND last < ${openEnd} AND first > :before`
  const find = db.prepare<[object], Key>(`SELECT directory, name, first FROM version ${condition} LIMIT ${batchSize}`)
  const remove = db.prepare('DELETE FROM version WHERE directory = ? AND name = ? AND first = ?')
  const write = ({ directory, name, first }: Key) => remove.run(directory, name, first)
  const parameters = after === undefined ? { lineage, before } : { lineage, before, after }
  for (let found = find.all(parameters); found.length > 0; found = find.all(parameters)) {
    await writeInSlices(db, found, write, signal)
  }
}

interface Key {
  readonly directory: number
  readonly name: number
  readonly first: number
}
