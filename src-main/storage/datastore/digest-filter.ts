import type { Digest } from '../../../src-shared/model/digest.ts'
import { DIGEST_BYTES, writeDigest } from '../digest-bytes.ts'

/**
 * Remembers many recent digests in fixed memory, to save doing something twice: `false` from `add` is certain, `true`
 * may be wrong for one seen long ago. Each digest has one slot, and the newest digest of a slot stays.
 */
export class DigestFilter {
  readonly #slots: Uint8Array
  readonly #used: Uint8Array
  readonly #mask: number
  readonly #digest = Buffer.alloc(DIGEST_BYTES)

  /** `bits` is the logarithm of the number of slots, at most 24; a slot takes 33 bytes. */
  constructor(bits: number) {
    if (!Number.isInteger(bits) || bits < 0 || bits > 24) throw new RangeError(`not a filter of 2^${bits} slots`)
    const count = 2 ** bits
    this.#slots = new Uint8Array(count * DIGEST_BYTES)
    this.#used = new Uint8Array(count)
    this.#mask = count - 1
  }

  /** False when the digest is known already. */
  add(digest: Digest): boolean {
    writeDigest(digest, this.#digest)
    const slot = this.#digest.readUInt32LE(0) & this.#mask
    const place = this.#slots.subarray(slot * DIGEST_BYTES, (slot + 1) * DIGEST_BYTES)
    if (this.#used[slot] === 1 && this.#digest.equals(place)) return false
    place.set(this.#digest)
    this.#used[slot] = 1
    return true
  }
}
