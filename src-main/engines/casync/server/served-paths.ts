import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'

/** As casync cuts what it sends of a file (spec casync §3.5). */
const pieceBytes = 65_536

/** The bytes of a file, in order. Throws `path/not-found` when there is none, or it is no file. */
export async function* readServedFile(path: string, word: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await openServed(path, word)
  try {
    for (;;) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(pieceBytes), 0, pieceBytes)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function openServed(path: string, word: string) {
  try {
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
  }
  throw new HoldfastError('path/not-found', { detail: word })
}
