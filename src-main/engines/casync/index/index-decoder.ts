import type { PlacedChunk } from '../../../storage/chunk-index.ts'
import { readDigest } from '../../../storage/digest-bytes.ts'
import {
  corruptIndex,
  type IndexHeader,
  indexHeaderBytes,
  indexItemBytes,
  itemDigestOffset,
  readIndexHeader,
  readIndexItem,
} from './index-format.ts'

/** Reads an index while it arrives, in pieces of any size (spec casync §6). Throws `index/corrupt`. */
export class IndexDecoder {
  /** What of a header or an item has come so far. */
  readonly #row = new Uint8Array(indexHeaderBytes)
  readonly #view = new DataView(this.#row.buffer)
  #filled = 0
  #header: IndexHeader | undefined
  #count = 0
  #end = 0n
  #isComplete = false

  /** Undefined until its 64 bytes are there. */
  get header(): IndexHeader | undefined {
    return this.#header
  }

  /** Chunks so far. */
  get count(): number {
    return this.#count
  }

  /** Length of the stream so far. */
  get sizeBytes(): bigint {
    return this.#end
  }

  /** Whether the tail was read. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /** Takes the next bytes and returns the chunks that they complete. */
  push(bytes: Uint8Array): PlacedChunk[] {
    const chunks: PlacedChunk[] = []
    for (let taken = 0; taken < bytes.length; ) {
      if (this.#isComplete) throw corruptIndex('tail', this.#position(), 'is not the end')
      const wanted = this.#header === undefined ? indexHeaderBytes : indexItemBytes
      const part = bytes.subarray(taken, taken + wanted - this.#filled)
      this.#row.set(part, this.#filled)
      this.#filled += part.length
      taken += part.length
      if (this.#filled < wanted) break
      this.#filled = 0
      if (this.#header === undefined) this.#header = readIndexHeader(this.#view)
      else {
        const chunk = this.#item(this.#header)
        if (chunk !== undefined) chunks.push(chunk)
      }
    }
    return chunks
  }

  /** Says that there is no more. */
  finish(): void {
    if (!this.#isComplete)
      throw corruptIndex('tail', this.#position() + this.#filled, 'is missing: the index is cut short')
  }

  #item({ sizes: { maxBytes } }: IndexHeader): PlacedChunk | undefined {
    const offset = this.#end
    const end = readIndexItem(this.#view, 0, { count: this.#count, end: offset, maxBytes })
    if (end === undefined) {
      this.#isComplete = true
      return undefined
    }
    this.#end = end
    const position = this.#count++
    // readIndexItem has checked that it is at most 128 MiB.
    return { position, offset, sizeBytes: Number(end - offset), digest: readDigest(this.#row, itemDigestOffset) }
  }

  /** Of the row that is being filled. */
  #position(): number {
    if (this.#header === undefined) return 0
    return indexHeaderBytes + (this.#count + (this.#isComplete ? 1 : 0)) * indexItemBytes
  }
}
