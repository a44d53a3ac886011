import type { Digest } from '../../../../../src-shared/model/digest.ts'
import { DIGEST_BYTES, writeDigest } from '../../../../storage/digest-bytes.ts'

const START_SLOTS = 1024
/** An open table gets slow when it is fuller than this. */
const MAX_LOAD = 0.7
/** 64 TiB of usual chunks, in less than a gigabyte at the very most; the table grows with what comes. */
const DEFAULT_MAX = 1 << 24

/** Digest → plain size of the chunks a backup may refer to (spec pbs §2), in 36 bytes a slot. */
export class KnownChunks {
  readonly #maxCount: number
  readonly #digest = Buffer.alloc(DIGEST_BYTES)
  #count = 0
  #mask = START_SLOTS - 1
  #slots = Buffer.alloc(START_SLOTS * DIGEST_BYTES)
  /** 0 is a free slot: no chunk is empty. */
  #sizes = new Uint32Array(START_SLOTS)

  constructor(maxCount = DEFAULT_MAX) {
    this.#maxCount = maxCount
  }

  get count(): number {
    return this.#count
  }

  /** A digest that is known already gets the new size. False when the table is full. */
  set(digest: Digest, sizeBytes: number): boolean {
    const slot = this.#find(digest)
    if (this.#sizes[slot] === 0) {
      if (this.#count >= this.#maxCount) return false
      this.#digest.copy(this.#slots, slot * DIGEST_BYTES)
      this.#count++
    }
    this.#sizes[slot] = sizeBytes
    if (this.#count > MAX_LOAD * this.#sizes.length) this.#grow()
    return true
  }

  get(digest: Digest): number | undefined {
    const size = this.#sizes[this.#find(digest)]
    return size === 0 ? undefined : size
  }

  /** The slot of the digest, or the free one where it belongs. Leaves the digest's bytes in `#digest`. */
  #find(digest: Digest): number {
    writeDigest(digest, this.#digest)
    return this.#findBytes(this.#digest)
  }

  #findBytes(digest: Buffer): number {
    // The digests of strangers' choice could share their first bytes; a slow table then hurts only their own connection.
    let slot = digest.readUInt32LE(0) & this.#mask
    while (this.#sizes[slot] !== 0) {
      const at = slot * DIGEST_BYTES
      if (this.#slots.compare(digest, 0, DIGEST_BYTES, at, at + DIGEST_BYTES) === 0) return slot
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #grow(): void {
    const [slots, sizes] = [this.#slots, this.#sizes]
    this.#slots = Buffer.alloc(slots.length * 2)
    this.#sizes = new Uint32Array(sizes.length * 2)
    this.#mask = this.#sizes.length - 1
    for (const [old, size] of sizes.entries()) {
      if (size === 0) continue
      const digest = slots.subarray(old * DIGEST_BYTES, (old + 1) * DIGEST_BYTES)
      const slot = this.#findBytes(digest)
      digest.copy(this.#slots, slot * DIGEST_BYTES)
      this.#sizes[slot] = size
    }
  }
}
