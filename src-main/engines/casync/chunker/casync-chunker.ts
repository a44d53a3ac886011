import type { Chunker } from '../../../storage/chunker.ts'
import { CasyncBuzhash } from './casync-buzhash.ts'
import { type ChunkSizes, checkChunkSizes, chunkerWindow, discriminator, isFixedSize } from './chunk-sizes.ts'

/** Cuts as casync does with these sizes (spec casync §9). */
export function createCasyncChunker(sizes: ChunkSizes): Chunker {
  checkChunkSizes(sizes)
  return isFixedSize(sizes) ? fixedChunker(sizes.maxBytes) : new CasyncChunker(sizes)
}

/** Not that of PBS, whose chunks are at most 16 MiB. */
function fixedChunker(maxBytes: number): Chunker {
  return { maxBytes, startChunk() {}, scan: (_, filled) => (filled >= maxBytes ? maxBytes : 0) }
}

/** The table is that of PBS, but the window is 48 bytes, not 64, and the test is a division, not a mask. */
class CasyncChunker implements Chunker {
  readonly maxBytes: number
  readonly #hash: CasyncBuzhash
  /** Where the first test is: the window must be full. */
  readonly #firstTest: number
  #scanned = 0

  constructor(sizes: ChunkSizes) {
    this.maxBytes = sizes.maxBytes
    this.#firstTest = Math.max(sizes.minBytes, chunkerWindow)
    this.#hash = new CasyncBuzhash(discriminator(sizes))
  }

  startChunk(): void {
    this.#scanned = 0
  }

  scan(chunk: Uint8Array, filled: number): number {
    if (filled < this.#firstTest) return 0
    if (this.#scanned === 0) {
      // The hash covers 48 bytes and nothing is tested before the minimum: what comes before does not matter.
      this.#scanned = this.#firstTest
      if (this.#hash.start(chunk, this.#firstTest - chunkerWindow)) return this.#firstTest
    }
    const limit = Math.min(filled, this.maxBytes)
    const last = this.#hash.find(chunk, this.#scanned, limit)
    if (last >= 0) return last + 1
    this.#scanned = limit
    return limit === this.maxBytes ? limit : 0
  }
}
