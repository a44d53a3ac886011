import type { Digest } from '../../../src-shared/model/digest.ts'
import { DIGEST_BYTES, writeDigest } from '../digest-bytes.ts'

const START_SLOTS = 1024
/** An open table gets slow when it is fuller than this. */
const MAX_LOAD = 0.7

/**
 * A set of digests in 33 bytes a slot, a quarter of what a `Set` of strings takes. It is bounded: at `maxCount` it
 * remembers no more, so that a digest may look new again. Good for saving work, not for counting.
 */
export class DigestSet {
  readonly #maxCount: number
  readonly #digest = Buffer.alloc(DIGEST_BYTES)
  #count = 0
  #mask = START_SLOTS - 1
  #slots = Buffer.alloc(START_SLOTS * DIGEST_BYTES)
  #isUsed = new Uint8Array(START_SLOTS)

  constructor(maxCount: number) {
    this.#maxCount = maxCount
  }

  /** How many are remembered. */
  get count(): number {
    return this.#count
  }

  /** False when the digest is known already. */
  add(digest: Digest): boolean {
    writeDigest(digest, this.#digest)
    const slot = this.#find(this.#digest)
    if (this.#isUsed[slot] === 1) return false
    if (this.#count >= this.#maxCount) return true
    this.#put(slot, this.#digest)
    this.#count++
    if (this.#count > MAX_LOAD * this.#isUsed.length) this.#grow()
    return true
  }

  has(digest: Digest): boolean {
    writeDigest(digest, this.#digest)
    return this.#isUsed[this.#find(this.#digest)] === 1
  }

  /** The slot of the digest, or the free one where it belongs. */
  #find(digest: Buffer): number {
    // SHA-256 needs no further hashing; the load keeps a slot free.
    let slot = digest.readUInt32LE(0) & this.#mask
    while (this.#isUsed[slot] === 1) {
      const at = slot * DIGEST_BYTES
      if (this.#slots.compare(digest, 0, DIGEST_BYTES, at, at + DIGEST_BYTES) === 0) return slot
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #put(slot: number, digest: Buffer): void {
    digest.copy(this.#slots, slot * DIGEST_BYTES)
    this.#isUsed[slot] = 1
  }

  #grow(): void {
    const [slots, isUsed] = [this.#slots, this.#isUsed]
    this.#slots = Buffer.alloc(slots.length * 2)
    this.#isUsed = new Uint8Array(isUsed.length * 2)
    this.#mask = this.#isUsed.length - 1
    for (let old = 0; old < isUsed.length; old++) {
      if (isUsed[old] !== 1) continue
      const digest = slots.subarray(old * DIGEST_BYTES, (old + 1) * DIGEST_BYTES)
      this.#put(this.#find(digest), digest)
    }
  }
}
