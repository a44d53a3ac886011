import { type FileHandle, open } from 'node:fs/promises'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { digestOf } from '../../../archive/catar/feature-flags.ts'
import { ChunkStream } from '../../../storage/chunk-stream.ts'
import { chunkDigest } from '../chunk-digest.ts'
import { createCasyncChunker } from '../chunker/casync-chunker.ts'
import type { CasyncIndex } from '../index/casync-index.ts'
import type { OpenChunkOptions } from './chunk-payload.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { LocalStore } from './local-store.ts'

/** Cuts a stream as the index was cut, and tells of every chunk that the index names. */
async function findChunks(
  pieces: AsyncIterable<Uint8Array>,
  index: CasyncIndex,
  found: (id: Digest, chunk: Uint8Array, offset: bigint) => void | Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const wanted = new Set<Digest>()
  for (const { digest } of index) wanted.add(digest)
  const algorithm = digestOf(index.header.featureFlags)
  let offset = 0n
  const stream = new ChunkStream({
    chunker: createCasyncChunker(index.header.sizes),
    limit: 1,
    async seal(chunk) {
      const digest = chunkDigest(chunk, algorithm)
      if (wanted.has(digest)) await found(digest, chunk, offset)
      offset += BigInt(chunk.length)
      return { digest, sizeBytes: chunk.length }
    },
    append: () => undefined,
  })
  try {
    for await (const piece of pieces) {
      signal.throwIfAborted()
      await stream.write(piece)
    }
    await stream.end()
  } finally {
    await stream[Symbol.asyncDispose]()
  }
}

/**
 * A file or device that may have parts of a blob already, such as the old version at the target (spec casync §14). Chunks
 * are read from where they were found; one that has changed since is not there. Close it.
 */
export class FileSeed implements ChunkStore, AsyncDisposable {
  readonly #handle: FileHandle
  readonly #places = new Map<Digest, { readonly offset: bigint; readonly sizeBytes: number }>()

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Reads the whole file once. Throws the system's error when there is none. */
  static async open(path: string, index: CasyncIndex, signal: AbortSignal): Promise<FileSeed> {
    const seed = new FileSeed(await open(path, 'r'))
    try {
      const place = (id: Digest, { length }: Uint8Array, offset: bigint): void => {
        seed.#places.set(id, { offset, sizeBytes: length })
      }
      await findChunks(readFrom(seed.#handle), index, place, signal)
      return seed
    } catch (error) {
      await seed.close()
      throw error
    }
  }

  /** How many chunks of the index it has. */
  get count(): number {
    return this.#places.size
  }

  async has(id: Digest): Promise<boolean> {
    return this.#places.has(id)
  }

  async get(id: Digest, { algorithms }: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted()
    const place = this.#places.get(id)
    if (place === undefined) return undefined
    const bytes = new Uint8Array(place.sizeBytes)
    const { bytesRead } = await this.#handle.read({ buffer: bytes, position: place.offset })
    const isSame = (algorithms ?? ['sha512-256', 'sha256']).some((algorithm) => chunkDigest(bytes, algorithm) === id)
    return bytesRead === bytes.length && isSame ? bytes : undefined
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/**
 * Puts those chunks of a stream that an index names into a store, such as of the archive that a tree at the target makes:
 * what is there need not be fetched. Returns how many.
 */
export async function seedFromStream(
  pieces: AsyncIterable<Uint8Array>,
  index: CasyncIndex,
  into: LocalStore,
  signal: AbortSignal,
): Promise<number> {
  let count = 0
  const keep = async (id: Digest, chunk: Uint8Array): Promise<void> => {
    if (await into.write(id, chunk)) count++
  }
  await findChunks(pieces, index, keep, signal)
  return count
}

async function* readFrom(handle: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = new Uint8Array(1 << 20) // the stream of chunks has copied it when it asks for more
  for (let position = 0; ; ) {
    const { bytesRead } = await handle.read({ buffer, position })
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
