import type { RandomAccess } from './random-access.ts'

/** Bytes in memory; counts how often it is read. */
export class MemoryAccess implements RandomAccess {
  readonly #bytes: Uint8Array
  reads = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get sizeBytes(): bigint {
    return BigInt(this.#bytes.length)
  }

  async read(offset: bigint, length: number): Promise<Uint8Array> {
    this.reads++
    return this.#bytes.subarray(Number(offset), Number(offset) + length)
  }
}
