import { ProtocolError } from '../../../../src-shared/errors.ts'
import type { ByteInput } from './byte-input.ts'
import { decodeHeader, FORMAT, HEADER_BYTES, type Header } from './header.ts'

const nothing = new Uint8Array()

/** The other side went away in the middle of a packet. */
export class CutOffError extends Error {
  override readonly name = 'CutOffError'
  constructor(missingBytes: number) {
    super(`the connection ended ${missingBytes} bytes before the end of a packet`)
  }
}

/** Takes packets off a stream of bytes: first a header, then its body, as a whole or in pieces as they arrive. */
export class PacketReader {
  readonly #input: ByteInput
  /** What has arrived and was not taken. */
  #rest: Uint8Array = nothing

  constructor(input: ByteInput) {
    this.#input = input
  }

  /** Undefined when the stream ends where a packet may end. */
  async header(maxFrameBytes: number): Promise<Header | undefined> {
    if (this.#rest.length >= HEADER_BYTES) return decodeHeader(this.#take(HEADER_BYTES), maxFrameBytes)
    const bytes = new Uint8Array(HEADER_BYTES)
    let filled = 0
    while (filled < HEADER_BYTES) {
      if (this.#rest.length === 0 && !(await this.#refill())) {
        if (filled === 0) return undefined
        throw new CutOffError(HEADER_BYTES - filled)
      }
      const part = this.#take(HEADER_BYTES - filled)
      bytes.set(part, filled)
      filled += part.length
    }
    return decodeHeader(bytes, maxFrameBytes)
  }

  /** The whole body, copied: it stays valid. */
  async body(length: number, maxBytes: number): Promise<Uint8Array> {
    if (length > maxBytes) throw new ProtocolError(FORMAT, 'body length', 8, `${length} bytes are more than allowed`)
    const body = new Uint8Array(length)
    let filled = 0
    for await (const piece of this.pieces(length)) {
      body.set(piece, filled)
      filled += piece.length
    }
    return body
  }

  /** A body piece by piece, never more in memory than what has arrived. A piece is valid until the next is asked for. */
  async *pieces(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#refill())) throw new CutOffError(left)
      const piece = this.#take(left)
      left -= piece.length
      yield piece
    }
  }

  async #refill(): Promise<boolean> {
    const bytes = await this.#input.next()
    this.#rest = bytes ?? nothing
    return bytes !== undefined
  }

  #take(atMost: number): Uint8Array {
    const part = this.#rest.subarray(0, atMost)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }
}
