import type { Digest } from '../../../../../src-shared/model/digest.ts'
import { DynamicIndexBuilder, MAX_DYNAMIC_ENTRIES } from '../../../../storage/dynamic-index.ts'
import {
  FIXED_CHUNK_BYTES,
  type FixedIndex,
  FixedIndexBuilder,
  MAX_FIXED_ENTRIES,
} from '../../../../storage/fixed-index.ts'
import { ApiError } from '../api-error.ts'

/** What a client says at close, to be held against what came (spec pbs §2.5). */
export interface CloseClaim {
  readonly chunkCount: number
  readonly size: number
  readonly csum: Digest
}

/** An index while its chunks are named, and what was counted meanwhile for the log. */
export interface IndexWriter {
  readonly kind: 'dynamic' | 'fixed'
  readonly filename: string
  readonly stats: UploadStats
  /** A chunk that starts at `offset`. Refuses what does not fit, with the index unchanged. */
  append(offset: number, digest: Digest, sizeBytes: number): void
  /** Checks the claim and returns the file. Throws with the writer still open. */
  close(claim: CloseClaim, createdAt: bigint): Uint8Array
}

export interface UploadStats {
  count: number
  size: number
  compressedSize: number
  duplicates: number
}

export function newStats(): UploadStats {
  return { count: 0, size: 0, compressedSize: 0, duplicates: 0 }
}

export class DynamicWriter implements IndexWriter {
  readonly kind = 'dynamic'
  readonly filename: string
  readonly stats = newStats()
  readonly #builder = new DynamicIndexBuilder()

  constructor(filename: string) {
    this.filename = filename
  }

  append(offset: number, digest: Digest, sizeBytes: number): void {
    const end = this.#builder.sizeBytes
    if (BigInt(offset) !== end) throw new ApiError(`got strange chunk offset (${end} != ${offset})`)
    if (this.#builder.count >= MAX_DYNAMIC_ENTRIES) throw new ApiError('the index has too many chunks')
    this.#builder.add(digest, sizeBytes)
  }

  close({ chunkCount, size, csum }: CloseClaim, createdAt: bigint): Uint8Array {
    const fail = closeFailure('dynamic', this.filename)
    if (chunkCount !== this.#builder.count)
      throw fail(`received wrong number of chunk (${this.#builder.count} != ${chunkCount})`)
    if (BigInt(size) !== this.#builder.sizeBytes)
      throw fail(`got unexpected size (${this.#builder.sizeBytes} != ${size})`)
    if (csum !== this.#builder.csum()) throw fail(`got unexpected checksum`)
    return this.#builder.bytes({ createdAt })
  }
}

export interface FixedWriterOptions {
  /** Absent for an image whose length shows at its end (4.x). */
  readonly size?: number | undefined
  /** The index an incremental one starts from. */
  readonly base?: FixedIndex | undefined
}

export class FixedWriter implements IndexWriter {
  readonly kind = 'fixed'
  readonly filename: string
  readonly stats = newStats()
  /** Chunks shorter than the rest that were uploaded for this writer: only the last may be. */
  smallChunks = 0
  readonly #builder: FixedIndexBuilder
  readonly #declaredSize: number | undefined
  readonly #isIncremental: boolean
  #appended = 0

  constructor(filename: string, { size, base }: FixedWriterOptions) {
    this.filename = filename
    this.#declaredSize = size
    this.#isIncremental = base !== undefined
    if (size !== undefined && size > MAX_FIXED_ENTRIES * FIXED_CHUNK_BYTES)
      throw new ApiError(`an image of ${size} bytes is too large`)
    this.#builder = new FixedIndexBuilder({ sizeBytes: size === undefined ? undefined : BigInt(size), base })
  }

  /** Places set aside for it: what counts against the bound of a connection. */
  get entries(): number {
    return this.#builder.count
  }

  append(offset: number, digest: Digest, sizeBytes: number): void {
    const end = offset + sizeBytes
    if (offset % FIXED_CHUNK_BYTES !== 0) throw new ApiError(`got unaligned chunk (pos = ${offset})`)
    if (this.#declaredSize !== undefined) {
      if (end > this.#declaredSize) throw new ApiError(`chunk data exceeds size (${end} >= ${this.#declaredSize})`)
      if (sizeBytes !== FIXED_CHUNK_BYTES && end !== this.#declaredSize)
        throw new ApiError(`got chunk with unexpected length (${sizeBytes} != ${FIXED_CHUNK_BYTES})`)
    }
    try {
      this.#builder.set(BigInt(offset), digest, sizeBytes)
    } catch (error) {
      // Only an image of unknown length gets here: beyond its end, or after its last chunk.
      if (error instanceof RangeError) throw new ApiError(`got chunk with unexpected length - ${error.message}`)
      throw error
    }
    this.#appended++
  }

  close({ chunkCount, size, csum }: CloseClaim, createdAt: bigint): Uint8Array {
    const fail = closeFailure('fixed', this.filename)
    if (chunkCount !== this.#appended) throw fail(`received wrong number of chunk (${this.#appended} != ${chunkCount})`)
    if (!this.#isIncremental) {
      if (chunkCount !== this.#builder.count)
        throw fail(`unexpected chunk count (${this.#builder.count} != ${chunkCount})`)
      if (BigInt(size) !== this.#builder.sizeBytes)
        throw fail(`unexpected file size (${this.#builder.sizeBytes} != ${size})`)
    }
    // With an equal count a place may still be empty, when another was written twice; its digest then is zeros.
    if (csum !== this.#builder.csum() || this.#builder.missing > 0) throw fail('got unexpected checksum')
    return this.#builder.bytes({ createdAt })
  }
}

function closeFailure(kind: IndexWriter['kind'], filename: string): (problem: string) => ApiError {
  return (problem) => new ApiError(`${kind} writer '${filename}' close failed - ${problem}`)
}
