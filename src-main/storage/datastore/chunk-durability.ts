import { open } from 'node:fs/promises'
import path from 'node:path'
import { bindCallAside } from '../../os/bind-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { syncFile, syncFolder } from './durable-file.ts'
import { CHUNKS_FOLDER } from './layout.ts'

/** How chunks reach the disk: all at once by syncfs(2) on Linux, as PBS does, and elsewhere one fsync for each. */
export interface ChunkDurability {
  /** A chunk was put under its name. */
  written(file: string): Promise<void>
  sync(): Promise<void>
}

/** Without syncfs this many names are remembered before they are synced; bounds memory and the wait at the end. */
const MAX_PENDING = 1024

export function createDurability(root: string, platform: NodeJS.Platform = process.platform): ChunkDurability {
  return platform === 'linux' ? bySyncfs(root) : byFsync()
}

/** Covers every chunk on the file system, also those that other threads and processes inserted. */
function bySyncfs(root: string): ChunkDurability {
  // It may take as long as the disk needs.
  const syncfs = bindCallAside(null, 'syncfs', ['int'])
  return {
    written: () => Promise.resolve(),
    async sync() {
      const handle = await open(path.join(root, CHUNKS_FOLDER), 'r')
      try {
        await syncfs(handle.fd)
      } finally {
        await handle.close()
      }
    },
  }
}

/** Covers the chunks inserted through this chunk store: whoever inserts in a thread of its own syncs there as well. */
function byFsync(): ChunkDurability {
  let pending = new Set<string>()
  const flush = async () => {
    const files = pending
    pending = new Set()
    for (const file of files) {
      try {
        await syncFile(file)
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error // replaced or set aside since
      }
    }
    for (const folder of new Set([...files].map((file) => path.dirname(file)))) await syncFolder(folder)
  }
  return {
    async written(file) {
      pending.add(file)
      if (pending.size >= MAX_PENDING) await flush()
    },
    sync: flush,
  }
}
