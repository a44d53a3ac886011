import type { Database } from 'better-sqlite3'
import { openEnd } from './schema.ts'
import { directoryKind } from './version-row.ts'

/**
 * Counts of entries that are not folders, and their bytes. A file that became a folder counts as removed, a folder that became a file
 * as added.
 */
export interface ChangeTotals {
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly metadata: number
  readonly addedBytes: number
  /** Sizes of changed files after and before the change. */
  readonly changedBytes: number
  readonly changedFromBytes: number
  readonly removedBytes: number
}

export interface DirectoryTotals extends ChangeTotals {
  readonly directory: number
  /** Changes of any kind, folders among them. */
  readonly all: number
}

const sameContent =
  'old.kind = new.kind AND old.size = new.size AND old.target IS new.target AND old.mtime_ms = new.mtime_ms AND old.mtime_rest_ns = new.mtime_rest_ns'
const sameMetadata = 'old.permissions = new.permissions AND old.uid = new.uid AND old.gid = new.gid'

/**
 * The changes between two indexed snapshots of a lineage, by folder: what began after the older and is in the newer, and what was in the older and
 * has ended before the newer. Both come from indexes, so the work is that of the changes, whatever the size of the tree.
 */
const byDirectory = `
  WITH change (directory, was, is_now, what, old_size, new_size) AS (
    SELECT new.directory, coalesce(old.kind <> ${directoryKind}, 0), new.kind <> ${directoryKind},
      CASE WHEN old.first IS NULL THEN 'changed'
        WHEN ${sameContent} AND ${sameMetadata} THEN 'identical'
        WHEN ${sameContent} OR (old.kind = ${directoryKind} AND new.kind = ${directoryKind}) THEN 'metadata'
        ELSE 'changed' END,
      old.size, new.size
    FROM version AS new INDEXED BY version_first
    LEFT JOIN version AS old ON old.directory = new.directory AND old.name = new.name
      AND old.first <= :older AND old.last >= :older
    WHERE new.lineage = :lineage AND new.first > :older AND new.first <= :newer AND new.last >= :newer
    UNION ALL
    SELECT old.directory, old.kind <> ${directoryKind}, 0, 'changed', old.size, 0
    FROM version AS old INDEXED BY version_closed
    WHERE old.lineage = :lineage AND old.last >= :older AND old.last < :newer AND old.last < ${openEnd}
      AND old.first <= :older
      AND NOT EXISTS (SELECT 1 FROM version AS new WHERE new.directory = old.directory AND new.name = old.name
        AND new.first <= :newer AND new.last >= :newer)
  )
  SELECT directory,
    sum(what <> 'identical') AS "all",
    sum(is_now AND NOT was) AS added,
    sum(is_now AND was AND what = 'changed') AS changed,
    sum(was AND NOT is_now) AS removed,
    sum(is_now AND was AND what = 'metadata') AS metadata,
    sum(iif(is_now AND NOT was, new_size, 0)) AS addedBytes,
    sum(iif(is_now AND was AND what = 'changed', new_size, 0)) AS changedBytes,
    sum(iif(is_now AND was AND what = 'changed', old_size, 0)) AS changedFromBytes,
    sum(iif(was AND NOT is_now, old_size, 0)) AS removedBytes
  FROM change GROUP BY directory`

export function changesByDirectory(db: Database, lineage: number, older: number, newer: number): DirectoryTotals[] {
  return db.prepare<[object], DirectoryTotals>(byDirectory).all({ lineage, older, newer })
}

export function changeTotals(db: Database, lineage: number, older: number, newer: number): ChangeTotals {
  let totals = noChanges
  for (const directory of changesByDirectory(db, lineage, older, newer)) totals = addTotals(totals, directory)
  return totals
}

export const noChanges: ChangeTotals = {
  added: 0,
  changed: 0,
  removed: 0,
  metadata: 0,
  addedBytes: 0,
  changedBytes: 0,
  changedFromBytes: 0,
  removedBytes: 0,
}

export function addTotals(a: ChangeTotals, b: ChangeTotals): ChangeTotals {
  return {
    added: a.added + b.added,
    changed: a.changed + b.changed,
    removed: a.removed + b.removed,
    metadata: a.metadata + b.metadata,
    addedBytes: a.addedBytes + b.addedBytes,
    changedBytes: a.changedBytes + b.changedBytes,
    changedFromBytes: a.changedFromBytes + b.changedFromBytes,
    removedBytes: a.removedBytes + b.removedBytes,
  }
}

/** The same changes told the other way round in time. */
export function reverseTotals(totals: ChangeTotals): ChangeTotals {
  return {
    added: totals.removed,
    changed: totals.changed,
    removed: totals.added,
    metadata: totals.metadata,
    addedBytes: totals.removedBytes,
    changedBytes: totals.changedFromBytes,
    changedFromBytes: totals.changedBytes,
    removedBytes: totals.addedBytes,
  }
}
