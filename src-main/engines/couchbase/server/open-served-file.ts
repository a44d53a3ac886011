import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import path from 'node:path'
import type { ServedFile } from './served-bucket.ts'

/**
 * Opens a file of a snapshot for reading. No link is followed on the way from the snapshot's folder, and only regular
 * files are served. Undefined when it cannot be.
 */
export async function openServedFile(folder: string, name: string): Promise<ServedFile | undefined> {
  const noFollow = process.platform === 'win32' ? 0 : constants.O_NOFOLLOW
  let handle: FileHandle | undefined
  try {
    const file = path.join(await realpath(folder), name)
    if ((await realpath(file)) !== file) return undefined
    handle = await open(file, constants.O_RDONLY | noFollow)
    if ((await handle.stat()).isFile()) return servedHandle(handle)
  } catch {
    // vanished, a link, not readable: for the client it is all the same
  }
  await handle?.close()
  return undefined
}

function servedHandle(handle: FileHandle): ServedFile {
  return {
    read: async (into, at) => (await handle.read(into, 0, into.length, Number(at))).bytesRead,
    close: () => handle.close(),
  }
}
