import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { ChunkRef } from '../../../storage/chunk-index.ts'
import { mapOrdered } from '../../../storage/map-ordered.ts'
import type { DigestAlgorithm } from '../chunk-digest.ts'
import { readChunkFile } from './chunk-file.ts'
import { openChunk } from './chunk-payload.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { LocalStore } from './local-store.ts'

/** What was found out about one chunk. */
export interface CheckedChunk {
  readonly id: Digest
  /** Of the plain chunk; 0 when it is not there or damaged. */
  readonly sizeBytes: number
  readonly problem?: HoldfastError | undefined
}

export interface VerifyOptions {
  readonly algorithms?: readonly DigestAlgorithm[] | undefined
  /** How many are read at once. */
  readonly concurrency?: number | undefined
}

const defaultConcurrency = 4

/** Reads every chunk of the store, each form of it, and says how it is. Nothing is changed: see `setAside`. */
export async function* verifyStore(
  store: LocalStore,
  { algorithms, concurrency = defaultConcurrency }: VerifyOptions,
  signal: AbortSignal,
): AsyncGenerator<CheckedChunk, void, undefined> {
  yield* mapOrdered(chunkFiles(store, signal), concurrency, ({ path, id, isCompressed }) =>
    check(id, async () => {
      const bytes = readChunkFile(path, id)
      return bytes && openChunk(id, { bytes, isCompressed }, { algorithms })
    }),
  )
}

/** Reads the chunks that an index names, in its order, from whatever store. Give each index its chunks once. */
export async function* verifyChunks(
  store: ChunkStore,
  chunks: Iterable<ChunkRef>,
  { algorithms, concurrency = defaultConcurrency }: VerifyOptions,
  signal: AbortSignal,
): AsyncGenerator<CheckedChunk, void, undefined> {
  yield* mapOrdered(chunks, concurrency, (chunk) =>
    check(chunk.digest, () => store.get(chunk.digest, { algorithms, sizeBytes: chunk.sizeBytes }, signal)),
  )
}

interface ChunkPlace {
  readonly path: string
  readonly id: Digest
  readonly isCompressed: boolean
}

async function* chunkFiles(store: LocalStore, signal: AbortSignal): AsyncGenerator<ChunkPlace, void, undefined> {
  for await (const { path, file } of store.files(signal)) if (file.kind === 'chunk') yield { path, ...file }
}

async function check(id: Digest, read: () => Promise<Uint8Array | undefined>): Promise<CheckedChunk> {
  try {
    const plain = await read()
    if (plain !== undefined) return { id, sizeBytes: plain.length }
    return { id, sizeBytes: 0, problem: new HoldfastError('chunk/missing', { detail: id }) }
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'chunk/corrupt')) throw error
    return { id, sizeBytes: 0, problem: error }
  }
}
