import { MAX_CHUNK_BYTES } from './blob.ts'
import { BUZHASH_WINDOW, Buzhash } from './buzhash.ts'
import type { Chunker } from './chunker.ts'

/** Archives (spec pbs §6.2). */
export const DEFAULT_AVERAGE_BYTES = 4 << 20
/** The catalog stream (§6.2). */
export const CATALOG_AVERAGE_BYTES = 512 << 10

/** Below, the first test for a break would come before the window is full, which the format does not define. */
const MIN_AVERAGE_BYTES = 512

/** Cuts where the content says so, so that an insertion moves only the chunks around it (spec pbs §6.2). */
export class DynamicChunker implements Chunker {
  readonly minBytes: number
  readonly maxBytes: number
  readonly #hash: Buzhash
  #scanned = 0

  /** `averageBytes` is a power of two from 512 to 4 MiB. */
  constructor(averageBytes: number = DEFAULT_AVERAGE_BYTES) {
    const isPower = Number.isInteger(averageBytes) && (averageBytes & (averageBytes - 1)) === 0
    if (!isPower || averageBytes < MIN_AVERAGE_BYTES || averageBytes * 4 > MAX_CHUNK_BYTES)
      throw new RangeError(`chunks cannot have ${averageBytes} bytes on average`)
    this.minBytes = averageBytes / 4
    this.maxBytes = averageBytes * 4
    const mask = averageBytes * 2 - 1
    this.#hash = new Buzhash(mask, mask - 2)
  }

  startChunk(): void {
    this.#scanned = 0
  }

  scan(chunk: Uint8Array, filled: number): number {
    if (filled < this.minBytes) return 0
    if (this.#scanned === 0) {
      // The hash covers 64 bytes and nothing is tested before byte `min`: what comes before does not matter.
      this.#scanned = this.minBytes - 1
      this.#hash.start(chunk, this.minBytes - BUZHASH_WINDOW, this.#scanned)
    }
    const limit = Math.min(filled, this.maxBytes)
    const last = this.#hash.find(chunk, this.#scanned, limit)
    if (last >= 0) return last + 1
    this.#scanned = limit
    return limit === this.maxBytes ? limit : 0
  }
}
