import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite, { type Database } from 'better-sqlite3'
import { sqliteCode } from './sqlite-errors.ts'

/** A lock that the operating system takes away when the process ends, however it ends. */
export interface FileLock {
  release(): void
}

const pollMs = 50

/**
 * Locks a file of its own, or returns undefined when somebody else has it, be it in this process. SQLite does the locking, since Node
 * has no call for it and SQLite's works on every system.
 */
export function tryFileLock(path: string): FileLock | undefined {
  const db = new BetterSqlite(path, { timeout: 0 })
  try {
    db.pragma('journal_mode = MEMORY')
    db.exec('BEGIN EXCLUSIVE')
    return { release: () => void db.close() }
  } catch (error) {
    db.close()
    if (isBusy(error)) return undefined
    throw error
  }
}

/** Waits until the lock is free. */
export async function acquireFileLock(path: string, signal: AbortSignal): Promise<FileLock> {
  for (;;) {
    signal.throwIfAborted()
    const lock = tryFileLock(path)
    if (lock !== undefined) return lock
    await sleep(pollMs, undefined, { signal })
  }
}

/** Whether somebody holds the lock. A file that is not there is not locked. */
export function isFileLocked(path: string): boolean {
  let probe: Database
  try {
    probe = new BetterSqlite(path, { fileMustExist: true, timeout: 0 })
  } catch (error) {
    if (sqliteCode(error)?.startsWith('SQLITE_CANTOPEN')) return false
    throw error
  }
  try {
    probe.pragma('user_version') // needs a shared lock, which an exclusive one refuses
    return false
  } catch (error) {
    if (isBusy(error)) return true
    throw error
  } finally {
    probe.close()
  }
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_BUSY') === true
}
