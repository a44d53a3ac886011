import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { ChunkedBytes } from './chunked-bytes.ts'

/** An archive that is handed over in one piece. Throws `input/invalid` where that would be too much. */
export async function readWhole(
  bytes: ChunkedBytes,
  filename: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (bytes.sizeBytes > BigInt(maxBytes)) {
    throw new HoldfastError('input/invalid', { detail: `${filename} is too large to be handed over whole.` })
  }
  return Buffer.concat(await Array.fromAsync(bytes.pieces(signal)))
}

/** How many chunks an index lists, and how many of them are different. */
export function countChunks(index: { readonly count: number; digestAt(position: number): Digest }): {
  readonly count: number
  readonly unique: number
} {
  const digests = new Set<string>()
  for (let position = 0; position < index.count; position++) digests.add(index.digestAt(position))
  return { count: index.count, unique: digests.size }
}
