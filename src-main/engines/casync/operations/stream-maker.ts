import type { Hash } from 'node:crypto'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { digestOf } from '../../../archive/catar/feature-flags.ts'
import type { ByteSink } from '../../../archive/random-access.ts'
import type { ChunkRef } from '../../../storage/chunk-index.ts'
import { ChunkStream } from '../../../storage/chunk-stream.ts'
import type { DigestAlgorithm } from '../chunk-digest.ts'
import { createCasyncChunker } from '../chunker/casync-chunker.ts'
import { IndexEncoder } from '../index/index-encoder.ts'
import type { IndexHeader } from '../index/index-format.ts'
import type { ChunkWriter } from '../store/chunk-writer.ts'
import { createNewFile, type NewFile } from '../store/new-file.ts'

export interface MakeOptions {
  readonly header: IndexHeader
  readonly writer: ChunkWriter
  /** Where the index goes. Its folder must be there. */
  readonly indexFile: string
  /** Fed with the whole stream, for the digest that `casync make` prints. It costs as much as naming all chunks. */
  readonly hash?: Hash | undefined
  readonly signal: AbortSignal
}

export interface MakeReport {
  readonly sizeBytes: bigint
  readonly chunks: number
  readonly newChunks: number
  readonly newBytes: number
}

/** Of chunks that wait for a thread. */
const maxWaitingBytes = 32 << 20

/** Chunks are small, and go to threads several at a time; large ones are fewer. */
function chunksUnderWay(threads: number, averageBytes: number): number {
  return Math.max(threads * 2, Math.min(threads * 24, Math.floor(maxWaitingBytes / averageBytes)))
}

/** Many more than are under way at once. */
const rememberedNew = 1024

/** Items are written to the index so many at once. */
const itemsAtOnce = 1024

/**
 * Cuts a stream into chunks, stores them, and lists them in an index that appears when everything is durable. Finish it or
 * discard it. What is written is the caller's again at once.
 */
export class StreamMaker implements ByteSink {
  readonly copies = true
  readonly #options: MakeOptions
  readonly #encoder: IndexEncoder
  readonly #stream: ChunkStream
  #file: NewFile | undefined
  #items: ChunkRef[] = []
  #newChunks = 0
  #newBytes = 0
  readonly #lastNew = new Set<Digest>()

  constructor(options: MakeOptions) {
    const { header, writer, signal } = options
    const algorithm: DigestAlgorithm = digestOf(header.featureFlags)
    this.#options = options
    this.#encoder = new IndexEncoder(header)
    this.#stream = new ChunkStream({
      chunker: createCasyncChunker(header.sizes),
      limit: chunksUnderWay(writer.threads, header.sizes.averageBytes),
      allocate: (bytes) => writer.allocate(bytes),
      seal: async (chunk) => {
        const written = await writer.write(chunk, algorithm, signal)
        if (written.isNew && this.#isFirst(written.digest)) {
          this.#newChunks++
          this.#newBytes += written.sizeBytes
        }
        return written
      },
      append: (chunk) => this.#append(chunk),
    })
  }

  write(bytes: Uint8Array): void | Promise<void> {
    this.#options.hash?.update(bytes)
    return this.#stream.write(bytes)
  }

  async finish(): Promise<MakeReport> {
    await this.#stream.end()
    await this.#flush()
    const file = await this.#open()
    await file.write(this.#encoder.tail())
    await this.#options.writer.sync()
    this.#options.signal.throwIfAborted()
    await file.commit()
    return {
      sizeBytes: this.#encoder.sizeBytes,
      chunks: this.#encoder.count,
      newChunks: this.#newChunks,
      newBytes: this.#newBytes,
    }
  }

  /** Leaves no index behind. Harmless after `finish`. */
  async discard(): Promise<void> {
    await this.#stream[Symbol.asyncDispose]()
    await this.#file?.discard()
  }

  /** Two threads that have the same chunk at once both find that it is not there yet. */
  #isFirst(digest: Digest): boolean {
    if (this.#lastNew.has(digest)) return false
    this.#lastNew.add(digest)
    const [oldest] = this.#lastNew
    if (oldest !== undefined && this.#lastNew.size > rememberedNew) this.#lastNew.delete(oldest)
    return true
  }

  #append({ digest, sizeBytes }: ChunkRef): void | Promise<void> {
    this.#items.push({ digest, sizeBytes })
    if (this.#items.length >= itemsAtOnce) return this.#flush()
  }

  async #flush(): Promise<void> {
    const file = await this.#open()
    const items = this.#items
    this.#items = []
    if (items.length > 0) await file.write(this.#encoder.items(items))
  }

  async #open(): Promise<NewFile> {
    if (this.#file === undefined) {
      this.#file = await createNewFile(this.#options.indexFile)
      await this.#file.write(this.#encoder.header())
    }
    return this.#file
  }
}
