import type { RandomAccess } from './random-access.ts'
import type { RecordBody } from './record-body.ts'

const firstReadBytes = 16 << 10
const largestReadBytes = 1 << 20

/** How a format divides an archive: into records with a header of a fixed length, which says how long the body is. */
export interface RecordFraming<Header extends { readonly bodyBytes: number }> {
  readonly headerBytes: number
  /** What the messages call a header, and what a record must not reach out of. */
  readonly headerField: string
  readonly ownerWord: string
  /** Reads the header at `at` of `view`, which is `offset` in the archive. Throws when it is not one. */
  readHeader(view: DataView, at: number, offset: number): Header
  /** The name of a record, for messages. */
  nameOf(header: Header): string
  /** Records that are never held in memory as a whole. */
  isStreamed(header: Header): boolean
  /** What comes from outside as a number, which is exact below 2^53; throws above. */
  toSafeNumber(value: bigint, field: string, offset: number): number
  /** The error for an archive that breaks the format. */
  corrupt(field: string, offset: number, problem: string): Error
}

/**
 * Looks at an archive through reads that are larger than what was asked for, and grow while they follow each other: an
 * entry by name costs a small read, a folder of 100,000 entries a few large ones. For one reader at a time.
 */
export class ArchiveWindow<Header extends { readonly bodyBytes: number }> {
  readonly sizeBytes: number
  readonly #source: RandomAccess
  readonly #framing: RecordFraming<Header>
  readonly #signal: AbortSignal
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(this.#bytes.buffer)
  #nextReadBytes = firstReadBytes

  constructor(source: RandomAccess, framing: RecordFraming<Header>, signal: AbortSignal) {
    this.#source = source
    this.#framing = framing
    this.#signal = signal
    this.sizeBytes = framing.toSafeNumber(source.sizeBytes, 'archive size', 0)
  }

  has(offset: number, length: number): boolean {
    return offset >= this.#start && offset + length <= this.#start + this.#bytes.length
  }

  /** Brings in `length` bytes at `offset`, which must be inside of the archive. */
  async load(offset: number, length: number, field: string): Promise<void> {
    if (this.has(offset, length)) return
    if (offset < 0 || offset + length > this.sizeBytes)
      throw this.#framing.corrupt(field, offset, 'leads out of the archive')
    const isNext = offset >= this.#start && offset <= this.#start + this.#bytes.length
    this.#nextReadBytes = isNext ? Math.min(this.#nextReadBytes * 2, largestReadBytes) : firstReadBytes
    const wanted = Math.min(Math.max(length, this.#nextReadBytes), this.sizeBytes - offset)
    const bytes = await this.#source.read(BigInt(offset), wanted, this.#signal)
    if (bytes.length < length) throw this.#framing.corrupt(field, offset, 'the archive is shorter than it says')
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#start = offset
  }

  /** The header at `offset`, which must be loaded. */
  header(offset: number): Header {
    return this.#framing.readHeader(this.#view, offset - this.#start, offset)
  }

  /** Bytes that must be loaded, as the body of a record. */
  body(offset: number, length: number): RecordBody {
    return { bytes: this.#bytes, view: this.#view, at: offset - this.#start, offset, length }
  }

  /** Header and, unless it is streamed, body of a record that ends at or before `end`. */
  async loadRecord(offset: number, end: number): Promise<Header> {
    const framing = this.#framing
    const { headerBytes, headerField } = framing
    if (offset + headerBytes > end) throw this.#crosses(headerField, offset, end)
    if (!this.has(offset, headerBytes)) await this.load(offset, headerBytes, headerField)
    const header = this.header(offset)
    const recordBytes = headerBytes + header.bodyBytes
    if (offset + recordBytes > end) throw this.#crosses(framing.nameOf(header), offset, end)
    if (!framing.isStreamed(header) && !this.has(offset, recordBytes)) {
      await this.load(offset, recordBytes, framing.nameOf(header))
    }
    return header
  }

  #crosses(field: string, offset: number, end: number): Error {
    return this.#framing.corrupt(field, offset, `crosses the end of its ${this.#framing.ownerWord} at ${end}`)
  }
}
