import type { Digest } from '../../../../../src-shared/model/digest.ts'
import type { RandomAccess } from '../../../../archive/random-access.ts'
import type { ChunkIndex, PlacedChunk } from '../../../../storage/chunk-index.ts'
import type { ChunkSealer } from '../../../../storage/seal/chunk-sealer.ts'
import type { ServedDatastore } from '../server-context.ts'

/** A stream of a snapshot that is not encrypted, read from its chunks. */
export interface StoredStream extends RandomAccess {
  /** The whole of it, chunk by chunk. */
  pieces(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined>
}

/** Decoded chunks kept for the next read: four of the usual ones, one of the largest. */
const CACHE_BYTES = 16 << 20

/** Every chunk is held against its digest. Throws `chunk/missing`, `chunk/corrupt`, `key/missing`. */
export function openStream({ store }: ServedDatastore, index: ChunkIndex, sealer: ChunkSealer): StoredStream {
  const cache = new Map<Digest, Uint8Array>()
  let cachedBytes = 0

  const load = async (chunk: PlacedChunk, signal: AbortSignal): Promise<Uint8Array> => {
    const cached = cache.get(chunk.digest)
    if (cached !== undefined) return cached
    const data = await sealer.open(await store.chunks.read(chunk.digest), chunk, signal)
    if (!cache.has(chunk.digest)) cachedBytes += data.length
    cache.set(chunk.digest, data)
    for (const [oldest, { length }] of cache) {
      if (cachedBytes <= CACHE_BYTES || oldest === chunk.digest) break
      cache.delete(oldest)
      cachedBytes -= length
    }
    return data
  }

  return {
    sizeBytes: index.sizeBytes,
    async read(offset, length, signal) {
      const pieces: Uint8Array[] = []
      let [at, left] = [offset, length]
      while (left > 0) {
        signal.throwIfAborted()
        const chunk = index.chunkAt(at)
        if (chunk === undefined) break
        const start = Number(at - chunk.offset)
        const piece = (await load(chunk, signal)).subarray(start, start + left)
        pieces.push(piece)
        at += BigInt(piece.length)
        left -= piece.length
      }
      return pieces.length === 1 ? (pieces[0] ?? new Uint8Array()) : Buffer.concat(pieces)
    },
    async *pieces(signal) {
      for (const chunk of index) {
        signal.throwIfAborted()
        yield await load(chunk, signal)
      }
    },
  }
}
