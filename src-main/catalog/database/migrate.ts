import { existsSync, renameSync, rmSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'

/** One step of a schema, append-only: a step that was released is never edited (style H5). */
export interface Migration {
  /** The `user_version` after it. */
  readonly version: number
  up(db: Database): void
}

export interface MigrateOptions {
  /** Where a copy of the database goes before the first step touches rows; absent for databases that can be rebuilt. */
  readonly copyTo?: string | undefined
}

/**
 * Brings a database to the newest version, each step in a transaction of its own. A second process that starts at the same time
 * waits in `BEGIN IMMEDIATE` and finds the step done. Throws `catalog/newer`.
 */
export function migrate(db: Database, migrations: readonly Migration[], options: MigrateOptions = {}): void {
  const newest = migrations.at(-1)?.version ?? 0
  const found = schemaVersion(db)
  if (found > newest) {
    throw new HoldfastError('catalog/newer', {
      detail: `Its version is ${found}, this Holdfast knows up to ${newest}.`,
      hint: 'Install the newer Holdfast again, or choose another data folder.',
    })
  }
  if (found > 0 && found < newest && options.copyTo !== undefined) copyDatabase(db, options.copyTo)
  for (const migration of migrations) {
    if (migration.version <= found) continue
    db.transaction(() => {
      if (schemaVersion(db) >= migration.version) return
      migration.up(db)
      db.pragma(`user_version = ${migration.version}`)
    }).immediate()
  }
}

export function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}

/** A consistent copy, the write-ahead log included. Appears under its name only when it is complete. */
function copyDatabase(db: Database, path: string): void {
  const partial = `${path}.partial`
  if (existsSync(partial)) rmSync(partial)
  db.prepare('VACUUM INTO ?').run(partial)
  renameSync(partial, path)
}
