/**
 * A body while it comes, in one buffer that is nobody else's. Each piece is copied at once: HTTP/2 hands over sixteen
 * kilobytes at a time, which the collector clears away for nothing when they die young, and for much when thousands of them
 * wait until the body is whole.
 */
export class BodyBuffer {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  /** `expectedBytes` is set aside at once; it is not touched, so that what does not come takes up no memory. */
  constructor(expectedBytes = 0) {
    this.#bytes = untouched(expectedBytes)
  }

  get length(): number {
    return this.#length
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) {
      const grown = untouched(Math.max(length, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  /** All of it. Its buffer may be moved, and is no longer than it when the body was as long as expected. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }
}

/** Neither zeroed nor part of Node's pool. */
function untouched(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer)
}
