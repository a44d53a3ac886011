import type { Digest } from '../../src-shared/model/digest.ts'

export const DIGEST_BYTES = 32

/** The 32 bytes at `offset` as a digest. The caller has checked that they are there. */
export function readDigest(bytes: Uint8Array, offset = 0): Digest {
  // 32 bytes in lower-case hex are a digest by construction.
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, DIGEST_BYTES).toString('hex') as Digest
}

/** Puts the 32 bytes of a digest into `into` at `offset`. */
export function writeDigest(digest: Digest, into: Uint8Array, offset = 0): void {
  const written = Buffer.from(into.buffer, into.byteOffset + offset, DIGEST_BYTES).write(digest, 'hex')
  if (written !== DIGEST_BYTES) throw new TypeError(`not a digest: ${digest}`)
}
