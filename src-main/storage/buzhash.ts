import { BUZHASH_TABLE } from './buzhash-table.ts'
import { BLOCK_BYTES, HISTORY, instantiateBuzhash } from './buzhash-wasm.ts'

/** How many bytes the hash covers (spec pbs §6.2). */
export const BUZHASH_WINDOW = HISTORY

/** The rolling hash of spec pbs §6.2 and the search for places where it says "break". */
export class Buzhash {
  readonly #mask: number
  readonly #threshold: number
  readonly #wasm = instantiateBuzhash(BUZHASH_TABLE)
  readonly #block = this.#wasm.block
  readonly #sums = this.#wasm.sums

  /** Breaks where `(hash & mask) >= threshold`; both are below 2^31. */
  constructor(mask: number, threshold: number) {
    this.#mask = mask
    this.#threshold = threshold
  }

  /**
   * Forgets everything and starts with `bytes[from…to)`, at most the window, without a look for breaks.
   */
  start(bytes: Uint8Array, from: number, to: number): void {
    this.#sums.fill(0, 0, HISTORY)
    this.#hash(bytes, from, to)
    this.#advance(to - from)
  }

  /** The first position in `from…to` whose byte makes a break, or −1. After a break the hash is started again. */
  find(bytes: Uint8Array, from: number, to: number): number {
    for (let at = from; at < to; at += BLOCK_BYTES) {
      const end = Math.min(at + BLOCK_BYTES, to)
      if (this.#hash(bytes, at, end)) {
        const hit = this.#locate(end - at)
        if (hit >= 0) return at + hit
      }
      this.#advance(end - at)
    }
    return -1
  }

  #hash(bytes: Uint8Array, from: number, to: number): boolean {
    this.#block.set(bytes.subarray(from, to))
    return this.#wasm.run(to - from, this.#mask, this.#threshold) !== 0
  }

  #locate(length: number): number {
    const sums = this.#sums
    for (let i = 0; i < length; i++) {
      // Both indexes are inside: length is at most that of the block.
      if (((sums[i]! ^ sums[i + HISTORY]!) & this.#mask) >= this.#threshold) return i
    }
    return -1
  }

  #advance(length: number): void {
    this.#sums.copyWithin(0, length, length + HISTORY)
  }
}
