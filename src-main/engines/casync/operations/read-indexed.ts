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
  /** Whoever reads is done with a piece when the next one is asked for: its memory goes then. */
  readonly freesPieces?: boolean | undefined
}

const defaultConcurrency = 48
/** Read ahead and kept: with the largest chunks that casync makes by itself as many as are under way. */
const maxAheadBytes = 32 << 20
/** Chunks that come again soon, such as zeros, are not read again. */
const rememberedChunks = 16

interface Reading {
  readonly plain: Promise<Uint8Array>
  /** So many times it is still to be handed over. */
  pending: number
  isRemembered: boolean
}

/** The stream that an index describes, chunk by chunk, verified. Throws `chunk/missing` for one that no store has. */
export async function* readIndexed(
  index: CasyncIndex,
  store: ChunkStore,
  { concurrency = defaultConcurrency, freesPieces = false }: ReadOptions,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const algorithms = [digestOf(index.header.featureFlags)]
  const recent = new Map<Digest, Reading>()
  const limit = Math.max(1, Math.min(concurrency, Math.floor(maxAheadBytes / index.header.sizes.maxBytes)))
  const read = async ({ digest, sizeBytes }: PlacedChunk): Promise<Uint8Array> => {
    signal.throwIfAborted()
    const plain = await store.get(digest, { algorithms, sizeBytes }, signal)
    if (plain === undefined) throw new HoldfastError('chunk/missing', { detail: digest })
    return plain
  }
  const begin = (chunk: PlacedChunk): Reading => {
    const known = recent.get(chunk.digest)
    if (known !== undefined) return known
    const reading = { plain: read(chunk), pending: 0, isRemembered: true }
    recent.set(chunk.digest, reading)
    if (recent.size > rememberedChunks) forgetOldest(recent)
    return reading
  }
  const handedOver = mapOrdered(index, limit, async (chunk) => {
    const reading = begin(chunk)
    reading.pending++
    return { reading, plain: await reading.plain }
  })
  for await (const { reading, plain } of handedOver) {
    yield plain
    reading.pending--
    // One that was handed over before it was forgotten is left to the collector; nearly always it is the other way round.
    if (freesPieces && reading.pending === 0 && !reading.isRemembered) store.free?.(plain)
  }
}

function forgetOldest(recent: Map<Digest, Reading>): void {
  const [oldest] = recent.entries()
  if (oldest === undefined) return
  const [digest, reading] = oldest
  recent.delete(digest)
  reading.isRemembered = false
}
