import { ProtocolError } from '../../src-shared/errors.ts'

const nothing = new Uint8Array(0)

export interface ByteWindowOptions {
  readonly signal: AbortSignal
  /** What the messages call the format. */
  readonly format: string
  /** Whoever looks through the window copies what is to stay: memory in which pieces are joined is used again. */
  readonly isCopied?: boolean | undefined
}

/**
 * A stream of pieces seen through a window. Parsers work in place on `bytes` and `view` from `at`, and ask for more only
 * when an item is not whole: so a piece with a thousand entries costs one wait, not a thousand. When the next piece is asked
 * for, nothing looks at the one before any more.
 */
export class ByteWindow {
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #options: ByteWindowOptions
  bytes: Uint8Array = nothing
  view: DataView = new DataView(nothing.buffer)
  at = 0
  #start = 0
  /** Pieces were joined in here. */
  #joined = nothing
  #failure: { readonly reason: unknown } | undefined

  constructor(pieces: AsyncIterable<Uint8Array>, options: ByteWindowOptions) {
    this.#pieces = pieces[Symbol.asyncIterator]()
    this.#options = options
  }

  /** Where `at` is in the stream. */
  get position(): number {
    return this.#start + this.at
  }

  get available(): number {
    return this.bytes.length - this.at
  }

  /** Waits until `count` bytes are in the window. Throws a ProtocolError for `field` when the stream ends before. */
  async fill(count: number, field: string): Promise<void> {
    if (!(await this.fillOrEnd(count, field))) throw this.ended(field, `after 0 of ${count} bytes`)
  }

  /** The same, but false when the stream ends right here; only an end in between throws. */
  async fillOrEnd(count: number, field: string): Promise<boolean> {
    if (this.available >= count) return true
    // The few bytes that are left are copied: with the next piece the memory of this one may be gone.
    const parts: Uint8Array[] = this.available > 0 ? [this.bytes.slice(this.at)] : []
    let total = this.available
    while (total < count) {
      const piece = await this.#next()
      if (piece === undefined) {
        if (total === 0) return false
        throw this.ended(field, `after ${total} of ${count} bytes`)
      }
      total += piece.length
      // Of several small pieces only the last one is still there when it is asked for another.
      parts.push(total < count ? new Uint8Array(piece) : piece)
    }
    // Stays a view of the piece where nothing was left over.
    this.#show(parts.length === 1 ? (parts[0] ?? nothing) : this.#join(parts, total), this.position)
    return true
  }

  async skip(count: number, field: string): Promise<void> {
    let left = count
    while (left > this.available) {
      left -= this.available
      const position = this.#start + this.bytes.length
      const piece = await this.#next()
      if (piece === undefined) throw this.ended(field, `${left} bytes too early`, position)
      this.#show(piece, position)
    }
    this.at += left
  }

  /** Counts bytes that the stream leaves out: positions go on behind them. */
  pass(count: number): void {
    this.#start += count
  }

  /** What to throw where the stream ended too early. */
  ended(field: string, how: string, position = this.position): ProtocolError {
    return new ProtocolError(this.#options.format, field, position, `the archive ends ${how}`)
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  #join(parts: readonly Uint8Array[], total: number): Uint8Array {
    if (this.#options.isCopied !== true || this.#joined.length < total) this.#joined = new Uint8Array(total)
    let at = 0
    for (const part of parts) {
      this.#joined.set(part, at)
      at += part.length
    }
    return this.#joined.subarray(0, total)
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#options.signal.throwIfAborted()
      // An iterator that failed says afterwards that it is at its end, which it is not.
      if (this.#failure !== undefined) throw this.#failure.reason
      const next = await this.#pieces.next().catch((reason: unknown) => {
        this.#failure = { reason }
        throw reason
      })
      if (next.done === true) return undefined
      if (next.value.length > 0) return next.value
    }
  }

  #show(piece: Uint8Array, position: number): void {
    // What Buffer's own `slice` returns is no copy.
    const bytes = Buffer.isBuffer(piece) ? new Uint8Array(piece.buffer, piece.byteOffset, piece.length) : piece
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.at = 0
    this.#start = position
  }
}
