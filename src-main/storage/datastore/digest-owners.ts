import type { Digest } from '../../../src-shared/model/digest.ts'
import { DIGEST_BYTES, readDigest, writeDigest } from '../digest-bytes.ts'

const START_SLOTS = 1024
/** An open table gets slow when it is fuller than this. */
const MAX_LOAD = 0.7
const FREE = 0
const SHARED = 0xffff
/** Owners are numbered from 0; two numbers are taken. */
export const MAX_OWNERS = 0xfffe

/** Who refers to each digest, if it is one alone: 34 bytes a slot, for the chunks of a whole store. */
export class DigestOwners {
  readonly #digest = Buffer.alloc(DIGEST_BYTES)
  #count = 0
  #mask = START_SLOTS - 1
  #slots = Buffer.alloc(START_SLOTS * DIGEST_BYTES)
  #owners = new Uint16Array(START_SLOTS)

  /** How many different digests there are. */
  get count(): number {
    return this.#count
  }

  /** Says that `owner` refers to the digest; a second one makes it shared for good. */
  claim(digest: Digest, owner: number): void {
    writeDigest(digest, this.#digest)
    const slot = this.#find(this.#digest)
    const before = this.#owners[slot]
    if (before !== FREE) {
      if (before !== owner + 1) this.#owners[slot] = SHARED
      return
    }
    this.#digest.copy(this.#slots, slot * DIGEST_BYTES)
    this.#owners[slot] = owner + 1
    this.#count += 1
    if (this.#count > MAX_LOAD * this.#owners.length) this.#grow()
  }

  /** Each digest once with the owner that has it alone, `undefined` when it is shared. Nothing is claimed meanwhile. */
  *entries(): Generator<{ readonly digest: Digest; readonly owner: number | undefined }> {
    for (let slot = 0; slot < this.#owners.length; slot++) {
      const owner = this.#owners[slot]
      if (owner === undefined || owner === FREE) continue
      yield {
        digest: readDigest(this.#slots, slot * DIGEST_BYTES),
        owner: owner === SHARED ? undefined : owner - 1,
      }
    }
  }

  /** The slot of the digest, or the free one where it belongs. */
  #find(digest: Buffer): number {
    // SHA-256 needs no further hashing; the load keeps a slot free.
    let slot = digest.readUInt32LE(0) & this.#mask
    while (this.#owners[slot] !== FREE) {
      const at = slot * DIGEST_BYTES
      if (this.#slots.compare(digest, 0, DIGEST_BYTES, at, at + DIGEST_BYTES) === 0) return slot
      slot = (slot + 1) & this.#mask
    }
    return slot
  }

  #grow(): void {
    const [slots, owners] = [this.#slots, this.#owners]
    this.#slots = Buffer.alloc(slots.length * 2)
    this.#owners = new Uint16Array(owners.length * 2)
    this.#mask = this.#owners.length - 1
    for (const [old, owner] of owners.entries()) {
      if (owner === FREE) continue
      const digest = slots.subarray(old * DIGEST_BYTES, (old + 1) * DIGEST_BYTES)
      const slot = this.#find(digest)
      digest.copy(this.#slots, slot * DIGEST_BYTES)
      this.#owners[slot] = owner
    }
  }
}
