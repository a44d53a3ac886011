import type { Digest } from '../../../src-shared/model/digest.ts'
import type { ByteSink } from '../../archive/random-access.ts'
import type { Pace } from '../../os/pace.ts'
import type { ChunkRef, PlacedChunk } from '../../storage/chunk-index.ts'
import { ChunkStream } from '../../storage/chunk-stream.ts'
import type { Chunker } from '../../storage/chunker.ts'
import { DynamicIndexBuilder } from '../../storage/dynamic-index.ts'
import { FixedIndexBuilder } from '../../storage/fixed-index.ts'
import type { ChunkSealer, SealedChunk } from '../../storage/seal/chunk-sealer.ts'
import type { WriteObserver } from '../repository.ts'
import type { StageClock } from '../stage-clock.ts'
import type { FinishedIndex, NewIndex, NewSnapshot, PutChunk } from './snapshot-backend.ts'

export interface ArchiveWriterOptions {
  readonly index: NewIndex
  /** Length of an image, whose index is a fixed one. */
  readonly imageBytes?: bigint | undefined
  readonly chunker: Chunker
  /** How many chunks may be under way. */
  readonly limit: number
  readonly sealer: ChunkSealer
  readonly keepChunk: NewSnapshot['keepChunk']
  readonly observer: Pick<WriteObserver, 'chunk' | 'stages'>
  /** Whether chunks are encrypted, which takes its time where they are compressed. */
  readonly isEncrypting?: boolean
  /** How fast new chunks may go to the backend. */
  readonly pace?: Pace | undefined
  readonly signal: AbortSignal
}

/** Chunks differ in size by a factor of many thousands: besides their number, their bytes under way are bounded. */
const MAX_BYTES_UNDER_WAY = 48 << 20

/** What an archive is in the manifest (spec pbs §4.5). */
export interface WrittenArchive {
  readonly sizeBytes: bigint
  readonly csum: Digest
}

/**
 * A stream on its way into chunks: cut here, hashed, compressed and encrypted in threads, stored by the backend, listed
 * in the index in stream order. `write` waits only while too much is on its way; what goes wrong later is thrown by the
 * next call.
 */
export class ArchiveWriter implements ByteSink, AsyncDisposable {
  readonly copies = true
  readonly #options: ArchiveWriterOptions
  readonly #stream: ChunkStream
  readonly #builder: GrowingIndex
  #position = 0
  #offset = 0n
  #bytesUnderWay = 0
  #room: PromiseWithResolvers<void> | undefined

  constructor(options: ArchiveWriterOptions) {
    this.#options = options
    const { limit, imageBytes, observer } = options
    const chunker = observer.stages === undefined ? options.chunker : timedChunker(options.chunker, observer.stages)
    this.#builder = imageBytes === undefined ? dynamicIndex() : fixedIndex(imageBytes)
    this.#stream = new ChunkStream({
      chunker,
      limit,
      allocate: (bytes) => options.sealer.allocate(bytes),
      seal: (chunk) => this.#store(chunk),
      append: ({ digest, sizeBytes }) => {
        const chunk = { digest, sizeBytes, offset: this.#offset, position: this.#position }
        this.#builder.add(chunk)
        this.#offset += BigInt(sizeBytes)
        this.#position++
        return options.index.append(chunk)
      },
    })
  }

  write(bytes: Uint8Array): void | Promise<void> {
    const pending = this.#write(bytes)
    return pending === undefined ? undefined : this.#waiting(pending)
  }

  /** A good place for a cut. */
  suggest(offset: number): void {
    this.#stream.suggest(BigInt(offset))
  }

  /** Cuts here and lists chunks that are there already. */
  async inject(chunks: readonly ChunkRef[]): Promise<void> {
    await this.#stream.inject(chunks)
    for (const { sizeBytes } of chunks) this.#options.observer.chunk({ sizeBytes, storedBytes: 0, isNew: false })
  }

  /** Whether the stream stands right behind a chunk, or at its beginning. */
  async standsAtCut(): Promise<boolean> {
    return await this.#stream.standsAtCut()
  }

  /** Waits until every chunk that was cut is in the index; returns what follows them, a view until the next call. */
  async openChunk(): Promise<Uint8Array> {
    return await this.#stream.openChunk()
  }

  /** Writes the index when every chunk is stored. */
  async finish(): Promise<WrittenArchive> {
    await this.#stream.end()
    const { index } = this.#builder
    await this.#options.index.close(index)
    return { sizeBytes: index.sizeBytes, csum: index.csum() }
  }

  /** Waits until nothing is under way any more, also after a failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]()
  }

  #write(bytes: Uint8Array): void | Promise<void> {
    if (this.#bytesUnderWay < MAX_BYTES_UNDER_WAY) return this.#stream.write(bytes)
    this.#room ??= Promise.withResolvers()
    return this.#room.promise.then(() => this.#stream.write(bytes))
  }

  /** Who waits for room does not read. */
  async #waiting(pending: Promise<void>): Promise<void> {
    const { stages } = this.#options.observer
    stages?.end('read')
    try {
      await pending
    } finally {
      stages?.begin('read')
    }
  }

  async #store(chunk: Uint8Array<ArrayBuffer>): Promise<ChunkRef> {
    const { sealer, keepChunk, observer, signal } = this.#options
    const { length } = chunk // it is gone when it is sealed
    this.#bytesUnderWay += length
    try {
      const sealed = await sealer.seal(chunk, keepChunk, signal)
      const { digest, sizeBytes } = sealed
      this.#tellTimes(sealed)
      observer.chunk({ sizeBytes, ...(await this.#put(sealed)) })
      return { digest, sizeBytes }
    } finally {
      this.#bytesUnderWay -= length
      if (this.#bytesUnderWay < MAX_BYTES_UNDER_WAY) {
        this.#room?.resolve()
        this.#room = undefined
      }
    }
  }

  async #put({ digest, sizeBytes, blob }: SealedChunk): Promise<PutChunk> {
    if (blob === undefined) return { isNew: false, storedBytes: 0 }
    const { index, observer, pace, signal } = this.#options
    observer.stages?.begin('write')
    try {
      const put = await index.putChunk(digest, sizeBytes, blob)
      await pace?.pay(put.storedBytes, signal)
      return put
    } finally {
      observer.stages?.end('write', sizeBytes)
    }
  }

  #tellTimes({ sizeBytes, blob, spent }: SealedChunk): void {
    const { sealer, observer, isEncrypting = false } = this.#options
    observer.stages?.add('hash', spent.hashMs, sizeBytes, sealer.threads)
    if (blob === undefined) return
    observer.stages?.add(isEncrypting ? 'encrypt' : 'compress', spent.encodeMs, sizeBytes, sealer.threads)
  }
}

/** Cutting happens while data are read, and in the same thread. */
function timedChunker(chunker: Chunker, stages: StageClock): Chunker {
  let scanned = 0
  const suggest = chunker.suggest?.bind(chunker)
  return {
    maxBytes: chunker.maxBytes,
    startChunk(offset) {
      scanned = 0
      chunker.startChunk(offset)
    },
    scan(chunk, filled) {
      const since = performance.now()
      const length = chunker.scan(chunk, filled)
      const busyMs = performance.now() - since
      const bytes = Math.max(0, filled - scanned)
      scanned = filled
      stages.add('chunk', busyMs, bytes)
      stages.add('read', -busyMs, bytes)
      return length
    },
    ...(suggest !== undefined && { suggest }),
  }
}

/** An index of either kind while its chunks come, in stream order. */
interface GrowingIndex {
  readonly index: FinishedIndex
  add(chunk: PlacedChunk): void
}

function dynamicIndex(): GrowingIndex {
  const index = new DynamicIndexBuilder()
  return { index, add: ({ digest, sizeBytes }) => index.add(digest, sizeBytes) }
}

function fixedIndex(imageBytes: bigint): GrowingIndex {
  const index = new FixedIndexBuilder({ sizeBytes: imageBytes })
  return { index, add: ({ offset, digest, sizeBytes }) => index.set(offset, digest, sizeBytes) }
}
