import { open } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../../os/system-error.ts'
import { syncFolder } from '../../../storage/datastore/durable-file.ts'

/** How chunks reach the disk: all at once where the system can do that, and elsewhere one after the other. */
export interface StoreSync {
  /** A chunk was put under its name. */
  written(file: string): Promise<void>
  /** Returns when all of them survive a loss of power. */
  sync(): Promise<void>
}

/** Without syncfs this many names are remembered before they are synced; bounds memory and the wait at the end. */
const maxPending = 1024

export function createStoreSync(root: string, platform: NodeJS.Platform = process.platform): StoreSync {
  return canSyncAtOnce(platform) ? bySyncfs(root) : byFsync(root)
}

/** Whether one call covers every chunk of the file system, also those that other threads wrote. */
export function canSyncAtOnce(platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'linux'
}

export async function syncAtOnce(root: string): Promise<void> {
  // Late: threads that only write need none of it, and start 10 ms earlier.
  const { openLinuxCalls } = await import('../../../os/linux-calls.ts')
  const directory = openLinuxCalls()?.openDirectory(Buffer.from(root))
  if (directory === undefined) throw new Error('syncfs cannot be called here')
  try {
    await directory.syncInBackground()
  } finally {
    directory.close()
  }
}

function bySyncfs(root: string): StoreSync {
  let hasWritten = false
  return {
    async written() {
      hasWritten = true
    },
    async sync() {
      if (!hasWritten) return
      await syncAtOnce(root)
      hasWritten = false
    },
  }
}

function byFsync(root: string): StoreSync {
  let pending = new Set<string>()
  const flush = async (): Promise<void> => {
    const files = pending
    pending = new Set()
    // On Windows they were synced as they were written: what is read-only cannot be opened for it there.
    if (process.platform !== 'win32') for (const file of files) await syncReadOnly(file)
    for (const folder of new Set([...files].map((file) => path.dirname(file)))) await syncFolder(folder)
    if (files.size > 0) await syncFolder(root)
  }
  return {
    async written(file) {
      pending.add(file)
      if (pending.size >= maxPending) await flush()
    },
    sync: flush,
  }
}

async function syncReadOnly(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error // collected since
  }
}
