import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite, { type Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type Migration, migrate, schemaVersion } from './migrate.ts'
import { translateSqliteError } from './sqlite-errors.ts'

/** How long a statement waits for another connection's transaction. Ours take some ten milliseconds. */
const busyTimeoutMs = 10_000

export interface DatabaseKind {
  /** Marks the file as ours, so that a foreign database is not migrated. Four ASCII letters as a 32-bit number. */
  readonly applicationId: number
  readonly migrations: readonly Migration[]
  /** What a person can do when the file is damaged. */
  readonly corruptHint: string
  /** `full` reads every page (PRAGMA quick_check), `schema` only what opening needs: for large files that can be rebuilt. */
  readonly check: 'full' | 'schema'
  /** Keep a copy of the file before a migration changes it. */
  readonly copyBeforeMigration: boolean
  readonly cacheKiB: number
}

/**
 * Opens a database, creating and migrating it as needed. Throws `catalog/newer`, `catalog/corrupt`, `catalog/busy`,
 * `disk/full`, `disk/read-only`. The caller closes it.
 */
export function openDatabase(path: string, kind: DatabaseKind): Database {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  let db: Database | undefined
  try {
    db = new BetterSqlite(path, { timeout: busyTimeoutMs })
    setUp(db, kind)
    checkIdentity(db, kind)
    checkIntegrity(db, kind)
    const version = schemaVersion(db)
    migrate(db, kind.migrations, { copyTo: kind.copyBeforeMigration ? `${path}.v${version}` : undefined })
    return db
  } catch (error) {
    db?.close()
    throw translateSqliteError(error, kind.corruptHint)
  }
}

/** Opens an existing, migrated database for reading only. Throws `catalog/corrupt`; a version that is not ours is `catalog/newer`. */
export function openDatabaseReader(path: string, kind: DatabaseKind): Database {
  let db: Database | undefined
  try {
    db = new BetterSqlite(path, { timeout: busyTimeoutMs, fileMustExist: true })
    setUp(db, kind)
    db.pragma('query_only = 1')
    const newest = kind.migrations.at(-1)?.version ?? 0
    if (schemaVersion(db) !== newest) throw new HoldfastError('catalog/newer')
    return db
  } catch (error) {
    db?.close()
    throw translateSqliteError(error, kind.corruptHint)
  }
}

function setUp(db: Database, kind: DatabaseKind): void {
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma('foreign_keys = ON')
  db.pragma('trusted_schema = OFF')
  db.pragma(`cache_size = -${kind.cacheKiB}`)
  db.pragma('journal_size_limit = 67108864')
}

function checkIdentity(db: Database, kind: DatabaseKind): void {
  const id = Number(db.pragma('application_id', { simple: true }))
  if (id === kind.applicationId) return
  const isEmpty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  if (id === 0 && isEmpty) {
    db.pragma(`application_id = ${kind.applicationId}`)
    return
  }
  throw new HoldfastError('catalog/corrupt', { detail: 'The file is not a Holdfast database.', hint: kind.corruptHint })
}

function checkIntegrity(db: Database, kind: DatabaseKind): void {
  if (kind.check === 'schema') return // parsed by checkIdentity; deeper damage shows as `catalog/corrupt` when a query meets it
  const problem = firstProblem(db)
  if (problem !== undefined) {
    throw new HoldfastError('catalog/corrupt', { detail: problem, hint: kind.corruptHint })
  }
}

/** The first thing wrong with the file, or undefined. Reads every page: call it from a worker for a large database. */
export function firstProblem(db: Database): string | undefined {
  const result = String(db.pragma('quick_check(1)', { simple: true }))
  return result === 'ok' ? undefined : result
}
