import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'

const startRoom = 1 << 16
/** 512 MiB of memory; 8 TiB of chunks of casync's usual size. */
const maxKept = 1 << 26

/**
 * The chunks that are to stay, as the first eight bytes of each: 1.6 MB for 200,000. Two chunks that begin alike are one
 * here, so now and then garbage stays; nothing that is needed goes.
 */
export class KeptChunks {
  #prefixes = new BigUint64Array(startRoom)
  #count = 0
  /** So many from the start are sorted, each once. */
  #sorted = 0

  /** How many are known; those that begin alike count once after `has`. */
  get count(): number {
    return this.#count
  }

  add(id: Digest): void {
    if (this.#count === this.#prefixes.length) this.#makeRoom()
    this.#prefixes[this.#count++] = prefixOf(id)
  }

  has(id: Digest): boolean {
    this.#sort()
    const wanted = prefixOf(id)
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = this.#prefixes[middle] ?? 0n
      if (found === wanted) return true
      if (found < wanted) low = middle + 1
      else high = middle
    }
    return false
  }

  /** Indexes of one folder name the same chunks again and again: often sorting is enough. */
  #makeRoom(): void {
    this.#sort()
    if (this.#count <= this.#prefixes.length / 2) return
    if (this.#prefixes.length >= maxKept) {
      throw new HoldfastError('repository/unsupported', { detail: `It has more than ${maxKept} chunks.` })
    }
    const larger = new BigUint64Array(this.#prefixes.length * 2)
    larger.set(this.#prefixes.subarray(0, this.#count))
    this.#prefixes = larger
  }

  #sort(): void {
    if (this.#sorted === this.#count) return
    const used = this.#prefixes.subarray(0, this.#count).sort()
    let count = 0
    for (let at = 0; at < used.length; at++) {
      const prefix = used[at] ?? 0n
      if (count === 0 || used[count - 1] !== prefix) used[count++] = prefix
    }
    this.#count = count
    this.#sorted = count
  }
}

function prefixOf(id: Digest): bigint {
  return BigInt(`0x${id.slice(0, 16)}`)
}
