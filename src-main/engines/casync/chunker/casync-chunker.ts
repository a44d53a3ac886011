import { BUZHASH_TABLE } from '../../../storage/buzhash-table.ts'
import type { Chunker } from '../../../storage/chunker.ts'
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

/** The table with every entry rotated by 48 bits, which is by 16: what leaves the window. */
const leaving = BUZHASH_TABLE.map((word) => ((word << 16) | (word >>> 16)) >>> 0)

/**
 * The table is that of PBS, but the window is 48 bytes, not 64, and the test is a division, not a mask: a chunk ends
 * where hash mod d is d − 1. That is where hash + 1 is a multiple of d, and for this there is a test without a division:
 * with d = 2^k · o, multiply by the inverse of o modulo 2^32 and rotate right by k; multiples of d, and no other numbers,
 * become at most (2^32 − 1) / d.
 */
class CasyncChunker implements Chunker {
  readonly maxBytes: number
  /** Where the first test is: the window must be full. */
  readonly #firstTest: number
  readonly #divisor: number
  readonly #inverse: number
  readonly #shift: number
  readonly #largest: number
  #scanned = 0
  #hash = 0

  constructor(sizes: ChunkSizes) {
    this.maxBytes = sizes.maxBytes
    this.#firstTest = Math.max(sizes.minBytes, chunkerWindow)
    this.#divisor = discriminator(sizes)
    this.#shift = 31 - Math.clz32(this.#divisor & -this.#divisor)
    this.#inverse = inverseOf(this.#divisor >>> this.#shift)
    this.#largest = Math.floor(0xffff_ffff / this.#divisor)
  }

  startChunk(): void {
    this.#scanned = 0
  }

  scan(chunk: Uint8Array, filled: number): number {
    if (filled < this.#firstTest) return 0
    let hash = this.#hash
    if (this.#scanned === 0) {
      // The hash covers 48 bytes and nothing is tested before the minimum: what comes before does not matter.
      hash = 0
      for (let i = this.#firstTest - chunkerWindow; i < this.#firstTest; i++) {
        hash = ((hash << 1) | (hash >>> 31)) ^ BUZHASH_TABLE[chunk[i]!]! // a table of 256, indexed by a byte below `filled`
      }
      this.#scanned = this.#firstTest
      if (this.#isBreak(hash)) return this.#firstTest
    }
    const limit = Math.min(filled, this.maxBytes)
    const inverse = this.#inverse
    const shift = this.#shift
    const largest = this.#largest
    for (let at = this.#scanned; at < limit; at++) {
      // As above: both bytes are below `filled`.
      hash = ((hash << 1) | (hash >>> 31)) ^ leaving[chunk[at - chunkerWindow]!]! ^ BUZHASH_TABLE[chunk[at]!]!
      const product = Math.imul(hash + 1, inverse)
      if (((product >>> shift) | (product << (32 - shift))) >>> 0 <= largest && this.#isBreak(hash)) return at + 1
    }
    this.#scanned = limit
    this.#hash = hash
    return limit === this.maxBytes ? limit : 0
  }

  /** The rule itself. The quick test agrees but for hash + 1 = 2^32, which it takes for 0. */
  #isBreak(hash: number): boolean {
    return (hash >>> 0) % this.#divisor === this.#divisor - 1
  }
}

/** Of an odd number, modulo 2^32: every step of Newton's method doubles the number of right bits, from three on. */
function inverseOf(odd: number): number {
  let inverse = odd
  for (let bits = 3; bits < 32; bits *= 2) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse))
  return inverse
}
