import type { ByteWindow } from './byte-window.ts'
import type { FileContent } from './tree.ts'

/** The content of a file that is in the archive itself, while the decoder stands in it. */
export class InlineContent implements FileContent {
  readonly #input: ByteWindow
  leftBytes: number

  constructor(input: ByteWindow, sizeBytes: number) {
    this.#input = input
    this.leftBytes = sizeBytes
  }

  read(into: Uint8Array): number | Promise<number> {
    if (this.leftBytes === 0 || into.length === 0) return 0
    return this.#input.available > 0 ? this.#copy(into) : this.#wait(into)
  }

  close(): void {}

  async skip(): Promise<void> {
    const left = this.leftBytes
    this.leftBytes = 0
    await this.#input.skip(left, 'PAYLOAD')
  }

  async #wait(into: Uint8Array): Promise<number> {
    const hasMore = await this.#input.fillOrEnd(1, 'PAYLOAD')
    if (!hasMore) throw this.#input.ended('PAYLOAD', `${this.leftBytes} bytes too early`)
    return this.#copy(into)
  }

  #copy(into: Uint8Array): number {
    const { bytes, at, available } = this.#input
    const count = Math.min(into.length, available, this.leftBytes)
    into.set(bytes.subarray(at, at + count))
    this.#input.at += count
    this.leftBytes -= count
    return count
  }
}
