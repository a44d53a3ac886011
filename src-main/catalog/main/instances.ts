import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { isFileLocked, tryFileLock } from '../database/file-lock.ts'

/** The running Holdfasts on one data folder: a window, a service, any number of command lines. */
export interface Instances {
  /** This one's random name. */
  readonly id: string
  /** Whether the process that called itself `id` still runs. Never false for one that does, also while it is suspended. */
  isAlive(id: string): boolean
  /** Says when this one was last seen; for people, `isAlive` does not look at it. */
  heartbeat(): void
  /** Drops what instances that are gone left behind. Their jobs must have been settled before. */
  sweep(): void
  list(): readonly InstanceInfo[]
  close(): void
}

export interface InstanceInfo {
  readonly id: string
  readonly pid: number
  readonly startedAt: number
  readonly heartbeatAt: number
}

export interface InstanceOptions {
  /** Folder for the lock files, one a process. */
  readonly lockFolder: string
  readonly now: () => number
}

/**
 * Each instance holds an exclusive lock on a file of its own for as long as it lives; the operating system takes it away when the
 * process ends, however it ends. So there is no guessing from process ids, which are re-used, or from heartbeats, which stop
 * while a laptop sleeps.
 */
export function openInstances(db: Database, { lockFolder, now }: InstanceOptions): Instances {
  mkdirSync(lockFolder, { recursive: true, mode: 0o700 })
  const id = randomUUID()
  const pathOf = (instance: string) => join(lockFolder, `${instance}.lock`)
  const lock = tryFileLock(pathOf(id))
  if (lock === undefined) throw new HoldfastError('catalog/busy')
  const insert = db.prepare('INSERT INTO instance VALUES (?, ?, ?, ?)')
  const beat = db.prepare('UPDATE instance SET heartbeat_at = ? WHERE id = ?')
  const all = db.prepare<[], InstanceInfo>(
    'SELECT id, pid, started_at AS startedAt, heartbeat_at AS heartbeatAt FROM instance ORDER BY started_at, id',
  )
  const remove = db.prepare('DELETE FROM instance WHERE id = ?')
  insert.run(id, process.pid, now(), now())

  const isAlive = (instance: string) => instance === id || isFileLocked(pathOf(instance))
  return {
    id,
    isAlive,
    heartbeat: () => void beat.run(now(), id),
    sweep() {
      for (const { id: other } of all.all()) {
        if (isAlive(other)) continue
        remove.run(other)
        rmSync(pathOf(other), { force: true })
      }
    },
    list: () => all.all(),
    close() {
      remove.run(id)
      lock.release()
      rmSync(pathOf(id), { force: true })
    },
  }
}
