import type { Digest } from '../../../../src-shared/model/digest.ts'
import { checkPosition, findPosition, type PlacedChunk } from '../../../storage/chunk-index.ts'
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

/** A whole .caidx or .caibx in memory, as the bytes it is: an index of a terabyte is not a million objects. */
export class CasyncIndex {
  readonly header: IndexHeader
  readonly count: number
  readonly sizeBytes: bigint
  readonly #items: Uint8Array
  readonly #view: DataView

  private constructor(header: IndexHeader, items: Uint8Array) {
    this.header = header
    this.#items = items
    this.#view = new DataView(items.buffer, items.byteOffset, items.length)
    this.count = items.length / indexItemBytes
    this.sizeBytes = this.#endAt(this.count - 1)
  }

  /** Keeps a view of `bytes`: do not change them. Throws `index/corrupt` for whatever the format does not allow. */
  static parse(bytes: Uint8Array): CasyncIndex {
    if (bytes.length < indexHeaderBytes) throw corruptIndex('header', bytes.length, 'is cut short')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const header = readIndexHeader(view)
    const { maxBytes } = header.sizes
    let end = 0n
    for (let count = 0; ; count++) {
      const at = indexHeaderBytes + count * indexItemBytes
      if (at + indexItemBytes > bytes.length)
        throw corruptIndex('tail', bytes.length, 'is missing: the index is cut short')
      const next = readIndexItem(view, at, { count, end, maxBytes })
      if (next !== undefined) {
        end = next
        continue
      }
      const tailEnd = at + indexItemBytes
      if (tailEnd !== bytes.length) throw corruptIndex('tail', tailEnd, 'is not the end')
      return new CasyncIndex(header, bytes.subarray(indexHeaderBytes, at))
    }
  }

  at(position: number): PlacedChunk {
    checkPosition(position, this.count)
    const offset = this.#endAt(position - 1)
    // parse() has checked that every chunk is at most 128 MiB.
    const sizeBytes = Number(this.#endAt(position) - offset)
    return { position, offset, sizeBytes, digest: this.digestAt(position) }
  }

  digestAt(position: number): Digest {
    checkPosition(position, this.count)
    return readDigest(this.#items, position * indexItemBytes + itemDigestOffset)
  }

  /** The chunk that holds the byte at `offset`; undefined outside of the stream. */
  chunkAt(offset: bigint): PlacedChunk | undefined {
    if (offset < 0n || offset >= this.sizeBytes) return undefined
    return this.at(findPosition(offset, this.count, (position) => this.#endAt(position)))
  }

  /** In stream order. */
  *[Symbol.iterator](): Generator<PlacedChunk, void, undefined> {
    for (let position = 0; position < this.count; position++) yield this.at(position)
  }

  #endAt(position: number): bigint {
    return position < 0 ? 0n : this.#view.getBigUint64(position * indexItemBytes, true)
  }
}
