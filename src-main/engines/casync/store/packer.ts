import { openZstdLibrary, type ZstdCall } from '../../../os/zstd-library.ts'
import { compress, type WritableCompression, zstdBound, zstdParameters } from './compression.ts'

/** The usual chunks fit. */
const firstRoomBytes = zstdBound(256 << 10)

/**
 * Compresses one chunk after the other in one thread, with tables and memory that are used again: what it returns is valid
 * until the next call.
 */
export class Packer {
  readonly #compression: WritableCompression
  readonly #zstd: ZstdCall | undefined
  #room = new Uint8Array(0)

  constructor(compression: WritableCompression) {
    this.#compression = compression
    this.#zstd = compression === 'zstd' ? openZstdLibrary()?.createCompressor(zstdParameters) : undefined
  }

  pack(plain: Uint8Array): Uint8Array {
    if (this.#zstd === undefined) return compress(plain, this.#compression)
    const needed = zstdBound(plain.length)
    if (this.#room.length < needed) this.#room = new Uint8Array(Math.max(firstRoomBytes, needed))
    return this.#room.subarray(0, this.#zstd(plain, this.#room))
  }
}
