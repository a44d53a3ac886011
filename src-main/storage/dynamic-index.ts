import type { Digest } from '../../src-shared/model/digest.ts'
import { MAX_BLOB_PLAIN_BYTES } from './blob.ts'
import { type ChunkIndex, checkPosition, findPosition, type PlacedChunk } from './chunk-index.ts'
import { plainDigest } from './crypt-config.ts'
import { damaged } from './damage.ts'
import { readDigest, writeDigest } from './digest-bytes.ts'
import {
  INDEX_HEADER_BYTES,
  type IndexHeader,
  type IndexHeaderValues,
  readIndexHeader,
  viewOf,
  writeIndexHeader,
} from './index-header.ts'

/** Spec pbs §4.3. */
export const DYNAMIC_INDEX_MAGIC = Uint8Array.of(0x1c, 0x91, 0x4e, 0xa5, 0x19, 0xba, 0xb3, 0xcd)
const ENTRY_BYTES = 40
const DIGEST_OFFSET = 8

/** 4 TiB even of the smallest chunks the original client can make (64 KiB), 256 TiB of usual ones. */
export const MAX_DYNAMIC_ENTRIES = 1 << 26

const FORMAT = 'pbs dynamic index'

/** A parsed .didx. The entries stay as the bytes they are: an index of a terabyte is 10 MB, not a million objects. */
export class DynamicIndex implements ChunkIndex {
  readonly header: IndexHeader
  readonly count: number
  readonly sizeBytes: bigint
  readonly #entries: Uint8Array
  readonly #view: DataView

  private constructor(header: IndexHeader, entries: Uint8Array) {
    this.header = header
    this.#entries = entries
    this.#view = viewOf(entries)
    this.count = entries.length / ENTRY_BYTES
    this.sizeBytes = this.endAt(this.count - 1)
  }

  /**
   * Keeps a view of `bytes`: do not change them. Throws `index/corrupt` unless ends strictly increase and every chunk
   * is of a size that a blob can have. Whether the entries are the right ones is for the caller to see: `csum()`
   * against the manifest.
   */
  static parse(bytes: Uint8Array): DynamicIndex {
    const header = readIndexHeader(bytes, DYNAMIC_INDEX_MAGIC, FORMAT)
    const entries = bytes.subarray(INDEX_HEADER_BYTES)
    if (entries.length % ENTRY_BYTES !== 0) throw corrupt('entries', bytes.length, 'the last one is cut short')
    if (entries.length / ENTRY_BYTES > MAX_DYNAMIC_ENTRIES)
      throw corrupt('entries', INDEX_HEADER_BYTES, `more than ${MAX_DYNAMIC_ENTRIES}`)
    checkEnds(entries)
    return new DynamicIndex(header, entries)
  }

  csum(): Digest {
    return plainDigest(this.#entries)
  }

  at(position: number): PlacedChunk {
    checkPosition(position, this.count)
    const offset = this.endAt(position - 1)
    // parse() checked that every chunk is below 128 MiB
    const sizeBytes = Number(this.endAt(position) - offset)
    return { position, offset, sizeBytes, digest: this.digestAt(position) }
  }

  digestAt(position: number): Digest {
    checkPosition(position, this.count)
    return readDigest(this.#entries, position * ENTRY_BYTES + DIGEST_OFFSET)
  }

  chunkAt(offset: bigint): PlacedChunk | undefined {
    if (offset < 0n || offset >= this.sizeBytes) return undefined
    return this.at(findPosition(offset, this.count, (position) => this.endAt(position)))
  }

  *[Symbol.iterator](): Generator<PlacedChunk, void, undefined> {
    for (let position = 0; position < this.count; position++) yield this.at(position)
  }

  /** Where chunk `position` ends, 0 for −1: the table holds ends, a start is the end before it. */
  private endAt(position: number): bigint {
    return position < 0 ? 0n : this.#view.getBigUint64(position * ENTRY_BYTES, true)
  }
}

/** Collects the chunks of a stream in order; the file can be had at any time. Grows by doubling, 40 bytes a chunk. */
export class DynamicIndexBuilder {
  #entries = new Uint8Array(64 * ENTRY_BYTES)
  #view = viewOf(this.#entries)
  #count = 0
  #end = 0n

  get count(): number {
    return this.#count
  }

  /** Length of the stream so far. */
  get sizeBytes(): bigint {
    return this.#end
  }

  add(digest: Digest, sizeBytes: number): void {
    if (!Number.isInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > MAX_BLOB_PLAIN_BYTES)
      throw new RangeError(`a chunk cannot have ${sizeBytes} bytes`)
    if (this.#count === MAX_DYNAMIC_ENTRIES) throw new RangeError(`an index holds ${MAX_DYNAMIC_ENTRIES} chunks`)
    const at = this.#count * ENTRY_BYTES
    if (at === this.#entries.length) this.#grow()
    const end = this.#end + BigInt(sizeBytes)
    writeDigest(digest, this.#entries, at + DIGEST_OFFSET)
    this.#view.setBigUint64(at, end, true)
    this.#end = end
    this.#count++
  }

  csum(): Digest {
    return plainDigest(this.#used())
  }

  /** The .didx file. */
  bytes(values: Omit<IndexHeaderValues, 'csum'>): Uint8Array<ArrayBuffer> {
    const used = this.#used()
    const file = new Uint8Array(INDEX_HEADER_BYTES + used.length)
    writeIndexHeader(file, DYNAMIC_INDEX_MAGIC, { ...values, csum: plainDigest(used) })
    file.set(used, INDEX_HEADER_BYTES)
    return file
  }

  #used(): Uint8Array {
    return this.#entries.subarray(0, this.#count * ENTRY_BYTES)
  }

  #grow(): void {
    const larger = new Uint8Array(this.#entries.length * 2)
    larger.set(this.#entries)
    this.#entries = larger
    this.#view = viewOf(larger)
  }
}

function checkEnds(entries: Uint8Array): void {
  const view = viewOf(entries)
  let previous = 0n
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
    const end = view.getBigUint64(at, true)
    if (end <= previous) throw corrupt('end', INDEX_HEADER_BYTES + at, `${end} does not come after ${previous}`)
    if (end - previous > BigInt(MAX_BLOB_PLAIN_BYTES))
      throw corrupt('end', INDEX_HEADER_BYTES + at, `makes a chunk of ${end - previous} bytes`)
    previous = end
  }
}

function corrupt(field: string, offset: number, problem: string): Error {
  return damaged('index/corrupt', { format: FORMAT, field, offset, problem })
}
