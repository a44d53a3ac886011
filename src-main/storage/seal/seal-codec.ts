import type { Digest } from '../../../src-shared/model/digest.ts'
import { encodeBlob } from '../blob.ts'
import type { ChunkRef } from '../chunk-index.ts'
import { CryptConfig, plainDigest } from '../crypt-config.ts'
import type { SealOptions } from './chunk-sealer.ts'
import { openChunk } from './open-chunk.ts'

/** How chunks are named and stored. Runs where the work is: in a thread, or in the caller's for tests. */
export interface SealCodec {
  digest(chunk: Uint8Array): Digest
  /** What is stored, in a buffer of its own. */
  encode(chunk: Uint8Array): Uint8Array<ArrayBuffer>
  /** The data, which has the digest and size that are expected; else it throws, as `ChunkSealer.open` says. */
  open(stored: Uint8Array, expected: ChunkRef): Uint8Array
}

/** The blobs of PBS. */
export function createBlobCodec({ key, compress = true }: SealOptions): SealCodec {
  const crypt = key === undefined ? undefined : new CryptConfig(key)
  return {
    digest: (chunk) => crypt?.digest(chunk) ?? plainDigest(chunk),
    encode: (chunk) => encodeBlob(chunk, { compress, crypt }),
    open: (blob, expected) => openChunk(blob, expected, crypt),
  }
}
