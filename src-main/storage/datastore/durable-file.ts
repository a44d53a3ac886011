import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../os/system-error.ts'
import { changeDisk } from './disk-error.ts'

/** Opens a file for writing that must not exist. The parameter of writers, so that tests can make writes fail. */
export type OpenNew = (path: string, mode: number) => Promise<FileHandle>

export const openNew: OpenNew = (file, mode) => open(file, 'wx', mode)

export interface ReplaceOptions {
  readonly mode: number
  /** Wait until the content is on the disk before the name shows it. */
  readonly isDurable: boolean
  readonly openFile?: OpenNew | undefined
}

/**
 * Puts a whole file under a name: at every moment, also after a crash, the name shows all of the old content or all of
 * the new. The folder itself is not synced: see `syncFolder`.
 */
export async function replaceFile(file: string, content: Uint8Array, options: ReplaceOptions): Promise<void> {
  await changeDisk(file, async () => {
    const temporary = temporaryName(file)
    try {
      const handle = await (options.openFile ?? openNew)(temporary, options.mode)
      try {
        await handle.writeFile(content)
        if (options.isDurable) await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, file)
    } catch (error) {
      await removeQuietly(temporary)
      throw error
    }
  })
}

/** For cleaning up after a failure: the first error is the one that says why. */
export async function removeQuietly(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => undefined)
}

/** As PBS's mkstemp names: never listed, and recognised by `isTemporaryName` when a crash leaves one behind. */
export function temporaryName(file: string): string {
  return `${file}.tmp_${randomBytes(6).toString('hex')}`
}

export async function syncFile(file: string): Promise<void> {
  await changeDisk(file, async () => {
    const handle = await open(file, 'r+')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  })
}

/** Makes renames and removals in a folder durable. Windows cannot sync folders, and its NTFS journals them by itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Some network and FUSE file systems have no fsync for folders; there the server decides what is durable.
    if (errorCode(error) !== 'EINVAL' && errorCode(error) !== 'ENOTSUP') throw error
  } finally {
    await handle.close()
  }
}

/** Syncs a folder and every folder above it up to `root`: a new path is durable only when all its names are. */
export async function syncFolders(root: string, folder: string): Promise<void> {
  for (let at = folder; ; at = path.dirname(at)) {
    await syncFolder(at)
    if (at === root || at === path.dirname(at)) return
  }
}
