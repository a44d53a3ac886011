import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { errorCode } from '../../../os/system-error.ts'
import { maxChunkBytes } from '../chunker/chunk-sizes.ts'
import { corruptChunk } from './chunk-payload.ts'

/** casync makes chunks read-only. */
const chunkMode = 0o444

/**
 * What is in the file of a chunk; undefined when there is none. Symbolic links are not followed: in casync's scratch
 * folders they say "known to be missing", and in a store they lead anywhere (spec casync §7).
 */
export async function readChunkFile(file: string, id: Digest): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let handle: FileHandle
  try {
    // Not blocking, or a fifo of this name would wait for a writer. Windows has neither flag, nor fifos.
    handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    if (errorCode(error) === 'ELOOP') throw corruptChunk(id, 'is a symbolic link', error)
    throw error
  }
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw corruptChunk(id, 'is not a file')
    if (stat.size < 1 || stat.size > maxChunkBytes) throw corruptChunk(id, `is stored in ${stat.size} bytes`)
    return await readWhole(handle, stat.size)
  } finally {
    await handle.close()
  }
}

/** Puts a whole chunk under its name, unless something is there. False when there was. */
export async function writeChunkFile(file: string, temporary: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const handle = await open(temporary, 'wx', chunkMode)
    try {
      await handle.writeFile(bytes)
      // There a file that is read-only cannot be opened to sync it later.
      if (process.platform === 'win32') await handle.sync()
    } finally {
      await handle.close()
    }
    return await nameOnce(temporary, file)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** A rename that does not replace, which Node lacks: a second name, where the file system has such. */
async function nameOnce(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file)
    return true
  } catch (error) {
    const code = errorCode(error)
    if (code === 'EEXIST') return false
    if (code === undefined || !withoutLinks.has(code)) throw error
  }
  // Whoever was faster wrote the same chunk.
  await rename(temporary, file)
  return true
}

const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function readWhole(handle: FileHandle, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size)
  let filled = 0
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled)
    if (bytesRead === 0) return bytes.slice(0, filled)
    filled += bytesRead
  }
  return bytes
}
