import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { listNames } from '../../os/list-names.ts'
import { changeDisk } from './disk-error.ts'
import { type FileLock, type LockMode, tryLockFile } from './file-lock.ts'
import { formatSnapshotRef, type GroupRef, groupFolder, LOCKS_FOLDER, PROCESS_LOCK, snapshotFolder } from './layout.ts'

/**
 * The locks of spec pbs §2.9. They are files under `.locks`, a name that PBS does not list; PBS itself keeps its locks
 * in a folder of the running system, so a store must not be used by PBS and by us at the same time.
 */
export interface DatastoreLocks {
  /** Exclusive, for as long as a backup of the group runs. Throws `repository/locked`. */
  lockGroup(group: GroupRef): Promise<FileLock>
  /** Exclusive to write or remove a snapshot, shared to read it or to build on it. Throws `repository/locked`. */
  lockSnapshot(ref: SnapshotRef, mode: LockMode): Promise<FileLock>
  /** As `lockSnapshot`; undefined when someone else holds it. */
  tryLockSnapshot(ref: SnapshotRef, mode: LockMode): Promise<FileLock | undefined>
  /** Held for the moment of a manifest's change; waits for others a few seconds, then throws `repository/locked`. */
  lockManifest(ref: SnapshotRef): Promise<FileLock>
  /** Shared by everyone who uses the store, exclusive to move or remove it whole. Throws `repository/locked`. */
  lockStore(mode: LockMode): Promise<FileLock>
  /** One garbage collection at a time. Throws `repository/locked`. */
  lockGarbageCollection(): Promise<FileLock>
  /** Says that a backup runs since then (Unix ms), in whatever process: garbage collection spares what it uses. */
  registerBackup(startedAt: number): Promise<FileLock>
  /** When the oldest backup started that still runs, in whatever process. */
  oldestBackup(): Promise<number | undefined>
}

const MANIFEST_WAIT_MS = 5000
const MANIFEST_RETRY_MS = 20
const MAX_REGISTER_ROUNDS = 10
/** `<start in ms>-<random>`, in the folder of running backups. */
const BACKUP_NAME = /^(\d{1,16})-[0-9a-f]{16}$/

export function createLocks(root: string): DatastoreLocks {
  const folder = path.join(root, LOCKS_FOLDER)
  const running = path.join(folder, 'backups')

  const take = async (name: string, mode: LockMode) => {
    await makeFolder(folder, mode)
    return await tryLockFile(path.join(folder, name), mode)
  }
  const insist = async (what: string, lock: Promise<FileLock | undefined>) => (await lock) ?? refuse(what)
  const snapshotName = (ref: SnapshotRef) => `snapshot-${hash(path.relative(root, snapshotFolder(root, ref)))}`

  return {
    lockGroup: (group) =>
      insist(
        `${group.type}/${group.backupId}`,
        take(`group-${hash(path.relative(root, groupFolder(root, group)))}`, 'exclusive'),
      ),
    lockSnapshot: (ref, mode) => insist(formatSnapshotRef(ref), take(snapshotName(ref), mode)),
    tryLockSnapshot: (ref, mode) => take(snapshotName(ref), mode),
    async lockManifest(ref) {
      const deadline = performance.now() + MANIFEST_WAIT_MS
      for (;;) {
        const lock = await take(`manifest-${snapshotName(ref)}`, 'exclusive')
        if (lock !== undefined) return lock
        if (performance.now() > deadline) return refuse(formatSnapshotRef(ref))
        await delay(MANIFEST_RETRY_MS)
      }
    },
    lockStore: (mode) => insist(root, tryLockFile(path.join(root, PROCESS_LOCK), mode, { isTransient: false })),
    lockGarbageCollection: () => insist('Garbage collection is running.', take('garbage-collection', 'exclusive')),

    async registerBackup(startedAt) {
      await makeFolder(running, 'exclusive')
      for (let round = 0; round < MAX_REGISTER_ROUNDS; round++) {
        const name = `${Math.floor(startedAt)}-${randomBytes(8).toString('hex')}`
        const lock = await tryLockFile(path.join(running, name), 'exclusive')
        // Nobody else knows the name, but `oldestBackup` may have found the file before it was locked.
        if (lock !== undefined) return lock
      }
      return refuse('A backup could not be registered.')
    },

    async oldestBackup() {
      let oldest: number | undefined
      for (const name of await listNames(running)) {
        const match = BACKUP_NAME.exec(name)
        if (match === null) continue
        const file = path.join(running, name)
        const dead = await tryLockFile(file, 'exclusive')
        if (dead === undefined) {
          const startedAt = Number(match[1])
          oldest = oldest === undefined ? startedAt : Math.min(oldest, startedAt)
        } else {
          await dead.release()
          await rm(file, { force: true })
        }
      }
      return oldest
    },
  }
}

/** A shared lock on a disk that cannot be written to needs no folder: see `tryLockFile`. */
async function makeFolder(folder: string, mode: LockMode): Promise<void> {
  try {
    await changeDisk(folder, () => mkdir(folder, { recursive: true, mode: 0o755 }))
  } catch (error) {
    const isReadOnly = error instanceof HoldfastError && error.code === 'disk/read-only'
    if (!(isReadOnly && mode === 'shared')) throw error
  }
}

/** Lock files lie side by side; a namespace, type, id and time together can be longer than a file name. */
function hash(place: string): string {
  return createHash('sha256').update(place).digest('hex').slice(0, 40)
}

function refuse(what: string): never {
  throw new HoldfastError('repository/locked', { detail: what, hint: 'Try again when it has finished.' })
}
