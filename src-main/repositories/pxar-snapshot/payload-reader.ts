import { corrupt, headerBytes, itemType, readHeader } from '../../archive/pxar/items.ts'
import type { PayloadRef } from '../../archive/pxar/payload-ref.ts'
import type { FileContent } from '../../archive/tree.ts'
import type { ChunkedBytes, ResidentChunk } from './chunked-bytes.ts'

/**
 * Contents of files out of a payload stream, in the order of the archive. Hundreds of small files lie in one chunk: they
 * are opened and read without waiting once it is there.
 */
export class PayloadReader {
  readonly #bytes: ChunkedBytes
  readonly #signal: AbortSignal
  #chunk: ResidentChunk = { start: 0, data: new Uint8Array(0) }

  constructor(bytes: ChunkedBytes, signal: AbortSignal) {
    this.#bytes = bytes
    this.#signal = signal
  }

  /** Checks that the PAYLOAD item is there (spec pbs §7.5). */
  open(ref: PayloadRef): FileContent | Promise<FileContent> {
    const offset = Number(ref.offset)
    const size = Number(ref.sizeBytes)
    if (ref.offset + BigInt(headerBytes) + ref.sizeBytes > this.#bytes.sizeBytes) {
      throw corrupt('PAYLOAD_REF', ref.offset, `leads beyond the ${this.#bytes.sizeBytes} bytes of the payload stream`)
    }
    const header = this.#peek(offset, headerBytes)
    return header === undefined ? this.#openLater(offset, size) : this.#content(header, offset, size)
  }

  /** `length` bytes at `offset` if the current chunk has them all. */
  #peek(offset: number, length: number): Uint8Array | undefined {
    const { start, data } = this.#chunk
    if (offset < start || offset + length > start + data.length) return undefined
    return data.subarray(offset - start, offset - start + length)
  }

  async #openLater(offset: number, size: number): Promise<FileContent> {
    this.#chunk = await this.#bytes.chunkAt(offset, this.#signal)
    const header =
      this.#peek(offset, headerBytes) ?? (await this.#bytes.read(BigInt(offset), headerBytes, this.#signal))
    return this.#content(header, offset, size)
  }

  #content(header: Uint8Array, offset: number, size: number): FileContent {
    const { type, bodyBytes } = readHeader(new DataView(header.buffer, header.byteOffset, header.length), 0, offset)
    if (type !== itemType.payload || bodyBytes !== size) {
      throw corrupt('PAYLOAD', offset, `is not the payload of ${size} bytes that was referred to`)
    }
    let at = offset + headerBytes
    const end = at + size
    const copy = (into: Uint8Array): number => {
      const { start, data } = this.#chunk
      const from = at - start
      const count = Math.min(into.length, data.length - from, end - at)
      into.set(data.subarray(from, from + count))
      at += count
      return count
    }
    const isHere = () => at >= this.#chunk.start && at < this.#chunk.start + this.#chunk.data.length
    const wait = async (into: Uint8Array): Promise<number> => {
      do this.#chunk = await this.#bytes.chunkAt(at, this.#signal)
      while (!isHere()) // somebody else moved on meanwhile
      return copy(into)
    }
    return {
      read: (into) => {
        if (at === end || into.length === 0) return 0
        return isHere() ? copy(into) : wait(into)
      },
      close() {},
    }
  }
}
