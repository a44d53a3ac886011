import { mkdtemp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { makeFolders } from '../../os/make-folders.ts'
import { changeDisk } from './disk-error.ts'
import { type FileLock, tryLockFile } from './file-lock.ts'

/** A folder for as long as its owner lives. */
export interface PrivateFolder {
  readonly path: string
  /** With all that is in it. May be called twice. */
  remove(): Promise<void>
}

/**
 * A new folder of its owner alone below `root`. Its name is locked while the process lives, so what others have left
 * behind is told from what is in use, and goes first: also that of a process that crashed a second ago.
 *
 * @throws HoldfastError `disk/full`, `disk/read-only`
 */
export async function makePrivateFolder(root: string, kind: string): Promise<PrivateFolder> {
  return changeDisk(root, async () => {
    makeFolders(root, 0o700)
    const prefix = `holdfast-${kind}-`
    const names = (await readdir(root)).filter((name) => name.startsWith(prefix))
    for (const name of new Set(names.map((name) => path.basename(name, LOCK)))) await sweep(path.join(root, name))
    for (;;) {
      const at = await mkdtemp(path.join(root, prefix))
      const lock = await tryLockFile(`${at}${LOCK}`, 'exclusive')
      // Somebody who sweeps may have had it between the two.
      if (lock === undefined) continue
      makeFolders(at, 0o700)
      return { path: at, remove: () => remove(at, lock) }
    }
  })
}

const LOCK = '.lock'

async function sweep(folder: string): Promise<void> {
  const lock = await tryLockFile(`${folder}${LOCK}`, 'exclusive')
  if (lock !== undefined) await remove(folder, lock)
}

async function remove(folder: string, lock: FileLock): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await lock.release()
}
