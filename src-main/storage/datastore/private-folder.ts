import { randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { describeSystemError, errorCode } from '../../os/system-error.ts'
import { asDiskError } from './disk-error.ts'
import { type FileLock, tryLockFile } from './file-lock.ts'

/** A folder for as long as its owner lives. */
export interface PrivateFolder {
  readonly path: string
  /** With all that is in it. May be called twice. */
  remove(): Promise<void>
}

/**
 * A new folder of its owner alone below `root`: for logins, for backups that are laid out, for what waits to be stored. Its
 * name is locked while the process lives, so what others have left behind is told from what is in use, and goes first:
 * also that of a process that crashed a second ago, or in another container.
 *
 * @throws HoldfastError `disk/full`, `disk/read-only`
 */
export async function makePrivateFolder(root: string, kind: 'login' | 'stage' | 'spool'): Promise<PrivateFolder> {
  try {
    makeFolders(root, 0o700)
    const prefix = `holdfast-${kind}-`
    await sweep(root, prefix)
    for (;;) {
      const at = path.join(root, `${prefix}${process.pid}-${randomBytes(6).toString('hex')}`)
      const lock = await tryLockFile(at + LOCK, 'exclusive')
      // Somebody who sweeps was faster.
      if (lock !== undefined) return await makeLocked(at, lock)
    }
  } catch (error) {
    const known = asDiskError(error, root)
    if (known !== error || errorCode(error) === undefined) throw known
    // A file in its way, too many open files: no folder can be made there, and what stands in the way is said.
    const detail = `${root}: ${describeSystemError(error)}.`
    throw new HoldfastError('disk/read-only', { detail, cause: error })
  }
}

const LOCK = '.lock'

async function makeLocked(at: string, lock: FileLock): Promise<PrivateFolder> {
  try {
    await mkdir(at, { mode: 0o700 })
  } catch (error) {
    await lock.release()
    throw error
  }
  return { path: at, remove: () => remove(at, lock) }
}

/** What cannot be taken away is nobody's trouble here. */
async function sweep(root: string, prefix: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (!name.startsWith(prefix) || !name.endsWith(LOCK)) continue
    await removeAbandoned(path.join(root, name.slice(0, -LOCK.length))).catch(() => {})
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  // Where all users have their folders, another one may put anything under such a name.
  const found = await lstat(folder + LOCK)
  if (!found.isFile() || found.uid !== (process.geteuid?.() ?? found.uid)) return
  const lock = await tryLockFile(folder + LOCK, 'exclusive')
  if (lock !== undefined) await remove(folder, lock)
}

async function remove(folder: string, lock: FileLock): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } finally {
    await lock.release()
  }
}
