import type { ChunkRef } from '../../../storage/chunk-index.ts'
import { allocateChunk } from '../../../storage/chunk-stream.ts'
import type { DigestAlgorithm } from '../chunk-digest.ts'
import { chunkDigest } from '../chunk-digest.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { LocalStore } from './local-store.ts'

export interface WrittenChunk extends ChunkRef {
  /** False when the store had it. */
  readonly isNew: boolean
}

/** Names chunks and puts them into a store, and reads them, on as many threads as it has. Close it. */
export interface ChunkWriter extends ChunkStore, AsyncDisposable {
  /** How much is worked on at once. More than twice as many calls under way only wait. */
  readonly threads: number
  /** Memory for a chunk of up to so many bytes: that of one that was written, if there is some. */
  allocate(bytes: number): Uint8Array<ArrayBuffer>
  /** The chunk's whole buffer moves away: do not touch it again, and hand in none that holds something else. */
  write(chunk: Uint8Array<ArrayBuffer>, algorithm: DigestAlgorithm, signal: AbortSignal): Promise<WrittenChunk>
  /** Returns when everything written survives a loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** In the caller's thread: for tests, and for what is too small for a thread. */
export function inlineChunkWriter(store: LocalStore): ChunkWriter {
  return {
    threads: 1,
    allocate: allocateChunk,
    get: (id, options, signal) => store.get(id, options, signal),
    async write(chunk, algorithm, signal) {
      signal.throwIfAborted()
      return await writeNamed(store, chunk, algorithm)
    },
    sync: () => store.sync(),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

export async function writeNamed(
  store: LocalStore,
  chunk: Uint8Array,
  algorithm: DigestAlgorithm,
): Promise<WrittenChunk> {
  const digest = chunkDigest(chunk, algorithm)
  return { digest, sizeBytes: chunk.length, isNew: await store.write(digest, chunk) }
}
