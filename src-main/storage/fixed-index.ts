import type { Digest } from '../../src-shared/model/digest.ts'
import { MAX_BLOB_PLAIN_BYTES } from './blob.ts'
import { type ChunkIndex, checkPosition, type PlacedChunk } from './chunk-index.ts'
import { plainDigest } from './crypt-config.ts'
import { damaged } from './damage.ts'
import { DIGEST_BYTES, readDigest, writeDigest } from './digest-bytes.ts'
import {
  INDEX_HEADER_BYTES,
  type IndexHeader,
  type IndexHeaderValues,
  readIndexHeader,
  viewOf,
  writeIndexHeader,
} from './index-header.ts'

/** Spec pbs §4.4. */
export const FIXED_INDEX_MAGIC = Uint8Array.of(0x2f, 0x7f, 0x41, 0xed, 0x91, 0xfd, 0x0f, 0xcd)
const SIZE_OFFSET = 64
const CHUNK_SIZE_OFFSET = 72

/** The only chunk size that clients use (§6.1). */
export const FIXED_CHUNK_BYTES = 4 << 20

/** 64 TiB of usual chunks. A server sets aside 32 bytes a chunk on the word of a client, so there must be an end. */
export const MAX_FIXED_ENTRIES = 1 << 24

const FORMAT = 'pbs fixed index'

/** A parsed .fidx: an image in chunks of one size, of which only the last may be shorter. */
export class FixedIndex implements ChunkIndex {
  readonly header: IndexHeader
  readonly count: number
  readonly sizeBytes: bigint
  readonly chunkBytes: number
  readonly #digests: Uint8Array

  private constructor(header: IndexHeader, digests: Uint8Array, { sizeBytes, chunkBytes }: FixedShape) {
    this.header = header
    this.#digests = digests
    this.count = digests.length / DIGEST_BYTES
    this.sizeBytes = sizeBytes
    this.chunkBytes = chunkBytes
  }

  /** Keeps a view of `bytes`: do not change them. Throws `index/corrupt` unless size, chunk size and count agree. */
  static parse(bytes: Uint8Array): FixedIndex {
    const header = readIndexHeader(bytes, FIXED_INDEX_MAGIC, FORMAT)
    const view = viewOf(bytes)
    const sizeBytes = view.getBigUint64(SIZE_OFFSET, true)
    const chunkBytes = view.getBigUint64(CHUNK_SIZE_OFFSET, true)
    if (chunkBytes === 0n || (chunkBytes & (chunkBytes - 1n)) !== 0n || chunkBytes > BigInt(MAX_BLOB_PLAIN_BYTES))
      throw corrupt('chunk size', CHUNK_SIZE_OFFSET, `cannot be ${chunkBytes}`)
    const digests = bytes.subarray(INDEX_HEADER_BYTES)
    if (BigInt(digests.length) !== chunkCount(sizeBytes, chunkBytes) * BigInt(DIGEST_BYTES))
      throw corrupt('digests', bytes.length, `do not fit an image of ${sizeBytes} bytes`)
    return new FixedIndex(header, digests, { sizeBytes, chunkBytes: Number(chunkBytes) })
  }

  csum(): Digest {
    return plainDigest(this.#digests)
  }

  at(position: number): PlacedChunk {
    checkPosition(position, this.count)
    const offset = BigInt(position) * BigInt(this.chunkBytes)
    const rest = this.sizeBytes - offset
    const sizeBytes = rest < BigInt(this.chunkBytes) ? Number(rest) : this.chunkBytes
    return { position, offset, sizeBytes, digest: this.digestAt(position) }
  }

  digestAt(position: number): Digest {
    checkPosition(position, this.count)
    return readDigest(this.#digests, position * DIGEST_BYTES)
  }

  chunkAt(offset: bigint): PlacedChunk | undefined {
    if (offset < 0n || offset >= this.sizeBytes) return undefined
    return this.at(Number(offset / BigInt(this.chunkBytes))) // below count, which is a number
  }

  *[Symbol.iterator](): Generator<PlacedChunk, void, undefined> {
    for (let position = 0; position < this.count; position++) yield this.at(position)
  }

  /** The 32 bytes of every digest, in order: what an incremental index starts from (§2.3). Do not change them. */
  get digests(): Uint8Array {
    return this.#digests
  }
}

export interface FixedShape {
  readonly sizeBytes: bigint
  readonly chunkBytes: number
}

export interface FixedIndexOptions {
  /** Length of the image; `undefined` when it shows at the end (§2.3, 4.x). */
  readonly sizeBytes?: bigint | undefined
  /** A power of two. */
  readonly chunkBytes?: number | undefined
  /** An incremental index starts with the digests of another that has as many chunks. Needs `sizeBytes`. */
  readonly base?: FixedIndex | undefined
}

/** Collects the chunks of an image in any order. Rewriting a position is allowed. */
export class FixedIndexBuilder {
  readonly chunkBytes: number
  readonly #declaredBytes: bigint | undefined
  #sizeBytes: bigint
  #digests: Uint8Array
  /** One byte a chunk: is there a digest? */
  #present: Uint8Array
  #missing: number

  constructor({ sizeBytes, chunkBytes = FIXED_CHUNK_BYTES, base }: FixedIndexOptions = {}) {
    if (chunkBytes < 1 || (chunkBytes & (chunkBytes - 1)) !== 0 || chunkBytes > MAX_BLOB_PLAIN_BYTES)
      throw new RangeError(`a chunk size cannot be ${chunkBytes}`)
    const count = chunkCount(sizeBytes ?? 0n, BigInt(chunkBytes))
    if (count > BigInt(MAX_FIXED_ENTRIES)) throw new RangeError(`an image of ${sizeBytes} bytes is too large`)
    if (base !== undefined && BigInt(base.count) !== count)
      throw new RangeError(`the base has ${base.count} chunks, the new index ${count}`)
    this.chunkBytes = chunkBytes
    this.#declaredBytes = sizeBytes
    this.#sizeBytes = sizeBytes ?? 0n
    this.#digests = base === undefined ? new Uint8Array(Number(count) * DIGEST_BYTES) : base.digests.slice()
    this.#present = new Uint8Array(Number(count)).fill(base === undefined ? 0 : 1)
    this.#missing = base === undefined ? Number(count) : 0
  }

  /** Declared, or as far as chunks have come. */
  get sizeBytes(): bigint {
    return this.#sizeBytes
  }

  get count(): number {
    return Number(chunkCount(this.#sizeBytes, BigInt(this.chunkBytes)))
  }

  /** How many positions have no digest yet. */
  get missing(): number {
    return this.#missing
  }

  /** The chunk that starts at `offset`. Throws a RangeError, with the image unchanged, when it cannot lie there. */
  set(offset: bigint, digest: Digest, sizeBytes: number): void {
    const chunkBytes = BigInt(this.chunkBytes)
    const end = offset + BigInt(sizeBytes)
    if (offset < 0n || offset % chunkBytes !== 0n) throw new RangeError(`no chunk starts at ${offset}`)
    if (sizeBytes < 1 || sizeBytes > this.chunkBytes) throw new RangeError(`a chunk of ${sizeBytes} bytes`)
    if (this.#declaredBytes === undefined) this.#extend(end)
    if (end > this.#sizeBytes) throw new RangeError(`a chunk ends at ${end}, the image at ${this.#sizeBytes}`)
    if (sizeBytes < this.chunkBytes && end !== this.#sizeBytes)
      throw new RangeError(`a chunk of ${sizeBytes} bytes before the end of the image`)
    const position = Number(offset / chunkBytes)
    writeDigest(digest, this.#digests, position * DIGEST_BYTES)
    if (this.#present[position] === 0) this.#missing--
    this.#present[position] = 1
  }

  csum(): Digest {
    return plainDigest(this.#used())
  }

  /** The .fidx file. Throws while a digest is missing. */
  bytes(values: Omit<IndexHeaderValues, 'csum'>): Uint8Array<ArrayBuffer> {
    if (this.#missing > 0) throw new RangeError(`${this.#missing} chunks of the image are missing`)
    const used = this.#used()
    const file = new Uint8Array(INDEX_HEADER_BYTES + used.length)
    writeIndexHeader(file, FIXED_INDEX_MAGIC, { ...values, csum: plainDigest(used) })
    viewOf(file).setBigUint64(SIZE_OFFSET, this.#sizeBytes, true)
    viewOf(file).setBigUint64(CHUNK_SIZE_OFFSET, BigInt(this.chunkBytes), true)
    file.set(used, INDEX_HEADER_BYTES)
    return file
  }

  /** An image of unknown length grows until an end is not on a chunk boundary: that was its last chunk. */
  #extend(end: bigint): void {
    if (end <= this.#sizeBytes) return
    if (this.#sizeBytes % BigInt(this.chunkBytes) !== 0n) throw new RangeError(`the image ended at ${this.#sizeBytes}`)
    const before = this.count
    const count = chunkCount(end, BigInt(this.chunkBytes))
    if (count > BigInt(MAX_FIXED_ENTRIES)) throw new RangeError(`an image of ${end} bytes is too large`)
    if (count > BigInt(before + 1)) throw new RangeError(`a chunk ends at ${end}, the image at ${this.#sizeBytes}`)
    if (this.#present.length === before) this.#grow()
    this.#sizeBytes = end
    this.#missing++
  }

  #grow(): void {
    const capacity = Math.max(64, this.#present.length * 2)
    const digests = new Uint8Array(capacity * DIGEST_BYTES)
    digests.set(this.#digests)
    this.#digests = digests
    const present = new Uint8Array(capacity)
    present.set(this.#present)
    this.#present = present
  }

  #used(): Uint8Array {
    return this.#digests.subarray(0, this.count * DIGEST_BYTES)
  }
}

function chunkCount(sizeBytes: bigint, chunkBytes: bigint): bigint {
  return (sizeBytes + chunkBytes - 1n) / chunkBytes
}

function corrupt(field: string, offset: number, problem: string): Error {
  return damaged('index/corrupt', { format: FORMAT, field, offset, problem })
}
