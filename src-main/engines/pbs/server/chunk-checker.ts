import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { decodeBlob, MAX_CHUNK_BYTES, readKind, writeCrc } from '../../../storage/blob.ts'
import { plainDigest } from '../../../storage/crypt-config.ts'
import { freeMemory } from '../../../storage/free-memory.ts'
import { ApiError } from './api-error.ts'

/** Looks into uploaded chunks: the costly part of an upload, so that it may run on other threads. */
export interface ChunkChecker {
  /**
   * Returns the blob to be stored: the one given, with the CRC that its bytes have (spec pbs §2.2). Its buffer moves
   * away. Throws an `ApiError` for what is no blob, and for a plain one with another digest or size than announced.
   */
  check(blob: Uint8Array<ArrayBuffer>, expected: AnnouncedChunk): Promise<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

export interface AnnouncedChunk {
  readonly digest: Digest
  readonly size: number
}

/** Checks in the caller's thread. */
export const inlineChecker: ChunkChecker = {
  async check(blob, expected) {
    checkChunk(blob, expected)
    return blob
  },
  close: () => Promise.resolve(),
}

/** Checks the blob and repairs its CRC in place. */
export function checkChunk(blob: Uint8Array, { digest, size }: AnnouncedChunk): void {
  const { isEncrypted } = asBlob(() => readKind(blob))
  if (isEncrypted) {
    asBlob(() => writeCrc(blob))
    return // nobody here has the key: size and digest are taken on trust
  }
  const plain = decodeRepaired(blob, size)
  if (plain.length !== size) throw new ApiError(`detected chunk with wrong length (${size} != ${plain.length})`)
  const actual = plainDigest(plain)
  if (plain.buffer !== blob.buffer) freeMemory(plain)
  if (actual !== digest) throw new ApiError('detected chunk with wrong digest.')
}

/**
 * Nearly every client announces the right size and sends the right CRC. Only where one is wrong, room is made for the largest chunk
 * there may be, and the CRC written, which costs another look at all bytes.
 */
function decodeRepaired(blob: Uint8Array, size: number): Uint8Array {
  try {
    return decodeBlob(blob, { maxPlainBytes: size })
  } catch {
    asBlob(() => writeCrc(blob))
    return asBlob(() => decodeBlob(blob, { maxPlainBytes: MAX_CHUNK_BYTES }))
  }
}

function asBlob<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof HoldfastError) throw new ApiError(`unable to parse raw blob - ${error.message}`, 400, error)
    throw error
  }
}
