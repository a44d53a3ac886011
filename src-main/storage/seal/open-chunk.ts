import { HoldfastError } from '../../../src-shared/errors.ts'
import { decodeBlob } from '../blob.ts'
import type { ChunkRef } from '../chunk-index.ts'
import { type CryptConfig, plainDigest } from '../crypt-config.ts'

/** Decodes the blob of a chunk and holds it against what the index says. Throws `chunk/corrupt` or `key/missing`. */
export function openChunk(blob: Uint8Array, { digest, sizeBytes }: ChunkRef, crypt?: CryptConfig): Uint8Array {
  const data = decode(blob, { digest, sizeBytes }, crypt)
  if (data.length !== sizeBytes)
    throw new HoldfastError('chunk/corrupt', { detail: `${digest} has ${data.length} bytes instead of ${sizeBytes}.` })
  // An encrypted chunk has the keyed digest, but so may a plain one have the plain digest although there is a key:
  // a snapshot can mix archives (crypt-mode is per file in the manifest).
  if (crypt?.digest(data) !== digest && plainDigest(data) !== digest)
    throw new HoldfastError('chunk/corrupt', { detail: `${digest} has other content.` })
  return data
}

function decode(blob: Uint8Array, { digest, sizeBytes }: ChunkRef, crypt: CryptConfig | undefined): Uint8Array {
  try {
    return decodeBlob(blob, { crypt, maxPlainBytes: sizeBytes })
  } catch (cause) {
    if (!(cause instanceof HoldfastError) || cause.code === 'key/missing') throw cause
    const problem = cause.code === 'key/wrong' ? 'cannot be decrypted.' : 'cannot be decoded.'
    throw new HoldfastError('chunk/corrupt', { detail: `${digest} ${problem}`, cause })
  }
}
