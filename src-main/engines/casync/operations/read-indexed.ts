import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { digestOf } from '../../../archive/catar/feature-flags.ts'
import type { PlacedChunk } from '../../../storage/chunk-index.ts'
import { mapOrdered } from '../../../storage/map-ordered.ts'
import type { CasyncIndex } from '../index/casync-index.ts'
import type { ChunkStore } from '../store/chunk-store.ts'

export interface ReadOptions {
  /** How many chunks are under way. */
  readonly concurrency?: number | undefined
}

const defaultConcurrency = 48
/** Read ahead and kept: with the largest chunks that casync makes by itself as many as are under way. */
const maxAheadBytes = 32 << 20
/** Chunks that come again soon, such as zeros, are not read again. */
const rememberedChunks = 16

/** The stream that an index describes, chunk by chunk, verified. Throws `chunk/missing` for one that no store has. */
export async function* readIndexed(
  index: CasyncIndex,
  store: ChunkStore,
  { concurrency = defaultConcurrency }: ReadOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const algorithms = [digestOf(index.header.featureFlags)]
  const recent = new Map<Digest, Promise<Uint8Array>>()
  const limit = Math.max(1, Math.min(concurrency, Math.floor(maxAheadBytes / index.header.sizes.maxBytes)))
  const read = async ({ digest, sizeBytes }: PlacedChunk): Promise<Uint8Array> => {
    signal.throwIfAborted()
    const plain = await store.get(digest, { algorithms, sizeBytes }, signal)
    if (plain === undefined) throw new HoldfastError('chunk/missing', { detail: digest })
    return plain
  }
  yield* mapOrdered(index, limit, (chunk) => {
    const known = recent.get(chunk.digest)
    if (known !== undefined) return known
    const reading = read(chunk)
    recent.set(chunk.digest, reading)
    const [oldest] = recent.keys()
    if (recent.size > rememberedChunks && oldest !== undefined) recent.delete(oldest)
    return reading
  })
}
