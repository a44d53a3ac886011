import { hash } from 'node:crypto'
import type { Digest } from '../../../src-shared/model/digest.ts'

/** SHA-512/256 is the function of FIPS 180-4 with its own initial values, not a truncated SHA-512 (spec casync §6). */
export type DigestAlgorithm = 'sha512-256' | 'sha256'

/** In the order in which they are tried where no index says which it is. */
export const digestAlgorithms: readonly DigestAlgorithm[] = ['sha512-256', 'sha256']

/** The name of a chunk: the digest of its plain bytes. */
export function chunkDigest(plain: Uint8Array, algorithm: DigestAlgorithm): Digest {
  // Both give 32 bytes, and Node writes them in lower case.
  return hash(algorithm, plain, 'hex') as Digest
}
