import type { FileContent } from '../../archive/tree.ts'

/** Bytes that come in pieces, read as a file is. A piece need only be valid until the next is asked for. */
export class StreamContent implements FileContent {
  readonly #pieces: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  private constructor(pieces: AsyncIterator<Uint8Array>) {
    this.#pieces = pieces
  }

  /** Waits for the first piece: what cannot be read at all fails here, before anything of it was written. */
  static async open(pieces: AsyncIterable<Uint8Array>): Promise<StreamContent> {
    const content = new StreamContent(pieces[Symbol.asyncIterator]())
    await content.#fill()
    return content
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.#rest.length === 0 && !(await this.#fill())) return 0
    const part = this.#rest.subarray(0, into.length)
    into.set(part)
    this.#rest = this.#rest.subarray(part.length)
    return part.length
  }

  async close(): Promise<void> {
    await this.#pieces.return?.()
  }

  async #fill(): Promise<boolean> {
    const { done, value } = await this.#pieces.next()
    this.#rest = done ? new Uint8Array() : value
    return !done
  }
}

/** A file that is in memory. */
export function memoryContent(bytes: Uint8Array): FileContent {
  let at = 0
  return {
    read(into) {
      const part = bytes.subarray(at, at + into.length)
      into.set(part)
      at += part.length
      return part.length
    },
    close: () => undefined,
  }
}
