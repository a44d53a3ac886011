import type { Digest } from '../../../src-shared/model/digest.ts'
import type { RandomAccess } from '../../archive/random-access.ts'
import type { ChunkIndex, ChunkRef } from '../../storage/chunk-index.ts'
import type { StageClock } from '../stage-clock.ts'
import type { ChunkFetcher } from './chunk-fetcher.ts'

/** Part of the stream that is in memory: one chunk. */
export interface ResidentChunk {
  /** Where it begins in the stream. */
  readonly start: number
  readonly data: Uint8Array
}

/** The chunks of a stream, whatever kind of index lists them. */
export type StreamIndex = Pick<ChunkIndex, 'count' | 'sizeBytes' | 'at' | 'chunkAt'>

/** How far ahead of a sequential reader chunks are fetched. */
const READ_AHEAD_BYTES = 16 << 20

export interface ChunkedBytesOptions {
  /**
   * For one pass from beginning to end, alone with the fetcher: the next chunk asked for takes the memory of the last one
   * away, which then has no bytes. A collector that is left to find hundreds of such chunks costs more than reading them.
   */
  readonly isOnePass?: boolean
  /** Who waits for a chunk of a single pass does not write. */
  readonly stages?: StageClock | undefined
}

/** A stream put together from its chunks. Who reads forward finds the next chunks fetched and decoded already. */
export class ChunkedBytes implements RandomAccess {
  readonly sizeBytes: bigint
  readonly #index: StreamIndex
  readonly #fetcher: ChunkFetcher
  readonly #isOnePass: boolean
  readonly #stages: StageClock | undefined
  #lastPosition = -2
  /** The chunk of a single pass. */
  #held: { readonly digest: Digest; readonly data: Uint8Array<ArrayBuffer> } | undefined

  constructor(index: StreamIndex, fetcher: ChunkFetcher, { isOnePass = false, stages }: ChunkedBytesOptions = {}) {
    this.#index = index
    this.#fetcher = fetcher
    this.#isOnePass = isOnePass
    this.#stages = stages
    this.sizeBytes = index.sizeBytes
  }

  async read(offset: bigint, length: number, signal: AbortSignal): Promise<Uint8Array> {
    const at = Number(offset)
    const wanted = Math.min(length, Number(this.sizeBytes) - at)
    if (wanted <= 0) return new Uint8Array(0)
    const first = await this.chunkAt(at, signal)
    const inFirst = first.data.subarray(at - first.start, at - first.start + wanted)
    if (inFirst.length === wanted) return inFirst
    const joined = new Uint8Array(wanted)
    joined.set(inFirst)
    for (let filled = inFirst.length; filled < wanted; ) {
      const { data } = await this.chunkAt(at + filled, signal)
      const part = data.subarray(0, wanted - filled)
      joined.set(part, filled)
      filled += part.length
    }
    return joined
  }

  /** The chunk that holds the byte at `offset`, which is inside the stream. */
  async chunkAt(offset: number, signal: AbortSignal): Promise<ResidentChunk> {
    const chunk = this.#index.chunkAt(BigInt(offset))
    if (chunk === undefined) throw new RangeError(`the stream has no byte at ${offset}`)
    const { position } = chunk
    // Not for every read in the same chunk: there may be thousands.
    const isForward = position === this.#lastPosition + 1
    this.#lastPosition = position
    const loading = this.#isOnePass ? this.#take(chunk, signal) : this.#fetcher.fetch(chunk, signal)
    // After the one that is waited for, so that it comes first.
    if (isForward) this.#readAhead(position + 1)
    return { start: Number(chunk.offset), data: await loading }
  }

  /** The whole stream, chunk by chunk. */
  async *pieces(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const size = Number(this.sizeBytes)
    this.#lastPosition = -1 // it is known to go forward
    for (let at = 0; at < size; ) {
      const { data } = await this.chunkAt(at, signal)
      yield data
      at += data.length
    }
  }

  async #take(chunk: ChunkRef, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#held?.digest === chunk.digest) return this.#held.data // as in a run of zeros
    this.#stages?.end('write', this.#held?.data.length)
    try {
      const data = await this.#fetcher.take(chunk, signal)
      this.#held?.data.buffer.transfer(0)
      this.#held = { digest: chunk.digest, data }
      return data
    } finally {
      this.#stages?.begin('write')
    }
  }

  #readAhead(from: number): void {
    let bytes = 0
    for (let position = from; position < this.#index.count && this.#fetcher.hasRoom; position++) {
      const chunk = this.#index.at(position)
      bytes += chunk.sizeBytes
      if (bytes > READ_AHEAD_BYTES) return
      this.#fetcher.prefetch(chunk)
    }
  }
}
