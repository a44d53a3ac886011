import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { chunkDigest, type DigestAlgorithm, digestAlgorithms } from '../chunk-digest.ts'
import { maxChunkBytes } from '../chunker/chunk-sizes.ts'
import { compress, decompress, detectCompression, type WritableCompression } from './compression.ts'

/** A chunk as it lies in a store or travels in a CHUNK message. */
export interface ChunkPayload {
  readonly bytes: Uint8Array
  readonly isCompressed: boolean
}

export interface OpenChunkOptions {
  /** Which digests may name it: the one of the index, or both where there is none (spec casync §6). */
  readonly algorithms?: readonly DigestAlgorithm[] | undefined
  /** The length that the index says, or nothing. */
  readonly sizeBytes?: number | undefined
}

/** The plain bytes of a chunk, whose digest is `id` for certain. Throws `chunk/corrupt` for anything else. */
export function openChunk(
  id: Digest,
  payload: ChunkPayload,
  options: OpenChunkOptions = {},
  unpack: typeof decompress = decompress,
): Uint8Array {
  const { algorithms = digestAlgorithms, sizeBytes } = options
  const expand = () => expandChunk(id, payload.bytes, sizeBytes ?? maxChunkBytes, unpack)
  const plain = payload.isCompressed ? expand() : payload.bytes
  if (plain.length === 0) throw corruptChunk(id, 'is empty')
  if (plain.length > maxChunkBytes) throw corruptChunk(id, `has ${plain.length} bytes`)
  if (sizeBytes !== undefined && plain.length !== sizeBytes) {
    throw corruptChunk(id, `has ${plain.length} bytes instead of ${sizeBytes}`)
  }
  if (!algorithms.some((algorithm) => chunkDigest(plain, algorithm) === id))
    throw corruptChunk(id, 'has another content')
  return plain
}

/** For a store, or a CHUNK message. */
export function sealChunk(plain: Uint8Array, compression: WritableCompression): ChunkPayload {
  return { bytes: compress(plain, compression), isCompressed: true }
}

function expandChunk(id: Digest, bytes: Uint8Array, maxBytes: number, unpack: typeof decompress): Uint8Array {
  if (bytes.length > maxChunkBytes) throw corruptChunk(id, `is stored in ${bytes.length} bytes`)
  const compression = detectCompression(bytes)
  if (compression === undefined) throw corruptChunk(id, 'is compressed in no known way')
  try {
    return unpack(bytes, compression, maxBytes)
  } catch (cause) {
    throw corruptChunk(id, `cannot be decompressed (${cause instanceof Error ? cause.message : cause})`, cause)
  }
}

export function corruptChunk(id: Digest, problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError('chunk/corrupt', { detail: `${id} ${problem}.`, cause })
}
