import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { errorCode } from '../../../os/system-error.ts'
import { allocateChunk } from '../../../storage/chunk-stream.ts'
import { maxChunkBytes } from '../chunker/chunk-sizes.ts'
import { corruptChunk } from './chunk-payload.ts'

/** casync makes chunks read-only. */
const chunkMode = 0o444

/**
 * What is in the file of a chunk, in `room` if it fits; undefined when there is none. Symbolic links are not followed: in casync's scratch
 * folders they say "known to be missing", and in a store they lead anywhere (spec casync §7). Synchronous, as what writes.
 */
export function readChunkFile(
  file: string,
  id: Digest,
  room?: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> | undefined {
  let descriptor: number
  try {
    // Not blocking, or a fifo of this name would wait for a writer. Windows has neither flag, nor fifos.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    if (errorCode(error) === 'ELOOP') throw corruptChunk(id, 'is a symbolic link', error)
    throw error
  }
  try {
    const stat = fstatSync(descriptor)
    if (!stat.isFile()) throw corruptChunk(id, 'is not a file')
    if (stat.size < 1 || stat.size > maxChunkBytes) throw corruptChunk(id, `is stored in ${stat.size} bytes`)
    const isRoomy = room !== undefined && room.length >= stat.size
    return readWhole(descriptor, isRoomy ? room.subarray(0, stat.size) : allocateChunk(stat.size))
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Puts a whole chunk under its name. One that came there meanwhile is replaced: it is the same. Synchronous, like what
 * looks for it before: in the threads that write, a call costs a microsecond and a promise ten.
 */
export function writeChunkFile(file: string, temporary: string, bytes: Uint8Array): void {
  const descriptor = openSync(temporary, 'wx', chunkMode)
  try {
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
      // There a file that is read-only cannot be opened to sync it later.
      if (process.platform === 'win32') fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function readWhole(descriptor: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let filled = 0
  while (filled < bytes.length) {
    const bytesRead = readSync(descriptor, bytes, filled, bytes.length - filled, filled)
    if (bytesRead === 0) return bytes.slice(0, filled)
    filled += bytesRead
  }
  return bytes
}
