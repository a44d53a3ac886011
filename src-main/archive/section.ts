import type { RandomAccess } from './random-access.ts'

/** A part of something that can be read from anywhere. It must lie inside. */
export class Section implements RandomAccess {
  readonly sizeBytes: bigint
  readonly #whole: RandomAccess
  readonly #start: bigint

  constructor(whole: RandomAccess, start: bigint, sizeBytes: bigint) {
    if (start < 0n || sizeBytes < 0n || start + sizeBytes > whole.sizeBytes) throw new RangeError('not inside')
    this.#whole = whole
    this.#start = start
    this.sizeBytes = sizeBytes
  }

  async read(offset: bigint, length: number, signal: AbortSignal): Promise<Uint8Array> {
    if (offset < 0n || offset > this.sizeBytes) throw new RangeError(`offset ${offset} of ${this.sizeBytes}`)
    const left = this.sizeBytes - offset
    const count = left < BigInt(length) ? Number(left) : length
    return count === 0 ? new Uint8Array(0) : await this.#whole.read(this.#start + offset, count, signal)
  }
}
