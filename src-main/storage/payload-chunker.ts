import type { Chunker } from './chunker.ts'
import { DynamicChunker } from './dynamic-chunker.ts'

/**
 * The dynamic chunker with suggested boundaries, for the payload of split archives (spec pbs §6.3): the writer suggests
 * the place where a file begins, so that chunks tend to begin there too.
 */
export class PayloadChunker implements Chunker {
  readonly maxBytes: number
  readonly #chunker: DynamicChunker
  /** Offsets in the stream, those before `#next` are done with. */
  #suggested: bigint[] = []
  #next = 0
  #chunkOffset = 0n
  #scanned = 0

  constructor(averageBytes?: number) {
    this.#chunker = new DynamicChunker(averageBytes)
    this.maxBytes = this.#chunker.maxBytes
  }

  startChunk(offset: bigint): void {
    this.#chunkOffset = offset
    this.#scanned = 0
    this.#chunker.startChunk()
  }

  suggest(offset: bigint): void {
    this.#suggested.push(offset)
  }

  scan(chunk: Uint8Array, filled: number): number {
    const cut = this.#suggestedCut(filled) ?? this.#chunker.scan(chunk, filled)
    this.#scanned = filled
    return cut
  }

  /** Length of the chunk up to the first suggestion that fits; `undefined` when the hash is to decide. */
  #suggestedCut(filled: number): number | undefined {
    for (let offset = this.#peek(); offset !== undefined; offset = this.#peek()) {
      const distance = offset - this.#chunkOffset
      if (distance > BigInt(this.maxBytes) || distance > BigInt(filled)) return undefined // its turn may come
      this.#next++
      const length = Number(distance) // at most `filled`; below 0 for a place in an earlier chunk
      if (length >= this.#chunker.minBytes && length > this.#scanned) return length
    }
    return undefined
  }

  #peek(): bigint | undefined {
    if (this.#next === this.#suggested.length && this.#next > 0) {
      this.#suggested = []
      this.#next = 0
    }
    return this.#suggested[this.#next]
  }
}
