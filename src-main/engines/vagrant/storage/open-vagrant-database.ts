import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import BetterSqlite, { type Database } from 'better-sqlite3'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { createEverything } from './migrations/0001-everything.ts'

/** Append-only: the number of a step is the `user_version` after it. */
const steps: readonly ((db: Database) => void)[] = [createEverything]

const busyTimeoutMs = 10_000
/** `HfVg`: marks the file as ours. */
const applicationId = 0x4866_5667

/** Opens the server's own database, made and brought up to date as needed. Throws `catalog/newer`, `catalog/corrupt`. The caller closes it. */
export function openVagrantDatabase(file: string): Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const db = new BetterSqlite(file, { timeout: busyTimeoutMs })
  try {
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.pragma('foreign_keys = ON')
    db.pragma('trusted_schema = OFF')
    checkIdentity(db)
    const version = Number(db.pragma('user_version', { simple: true }))
    if (version > steps.length) {
      throw new HoldfastError('catalog/newer', { detail: `The job server's data has version ${version}.` })
    }
    for (const [i, step] of steps.entries()) {
      if (i < version) continue
      db.transaction(() => {
        step(db)
        db.pragma(`user_version = ${i + 1}`)
      }).immediate()
    }
    return db
  } catch (error) {
    db.close()
    if (error instanceof BetterSqlite.SqliteError && /^SQLITE_(NOTADB|CORRUPT)/.test(error.code)) {
      throw new HoldfastError('catalog/corrupt', { detail: 'The data of the job server cannot be read.', cause: error })
    }
    throw error
  }
}

function checkIdentity(db: Database): void {
  const id = Number(db.pragma('application_id', { simple: true }))
  if (id === applicationId) return
  const isEmpty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  if (id !== 0 || !isEmpty) {
    throw new HoldfastError('catalog/corrupt', { detail: 'The file is not the data of a job server.' })
  }
  db.pragma(`application_id = ${applicationId}`)
}
