import type { RandomAccess } from '../random-access.ts'
import {
  corrupt,
  headerBytes,
  isStreamed,
  type RecordBody,
  type RecordHeader,
  readHeader,
  recordName,
  toSafeNumber,
} from './records.ts'

const firstReadBytes = 16 << 10
const largestReadBytes = 1 << 20

/**
 * Looks at an archive through reads that are larger than what was asked for, and grow while they follow each other: an
 * entry by name costs a small read, a folder of 100,000 entries a few large ones. For one reader at a time.
 */
export class ArchiveWindow {
  readonly sizeBytes: number
  readonly #source: RandomAccess
  readonly #signal: AbortSignal
  #start = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(this.#bytes.buffer)
  #nextReadBytes = firstReadBytes

  constructor(source: RandomAccess, signal: AbortSignal) {
    this.#source = source
    this.#signal = signal
    this.sizeBytes = toSafeNumber(source.sizeBytes, 'archive size', 0)
  }

  has(offset: number, length: number): boolean {
    return offset >= this.#start && offset + length <= this.#start + this.#bytes.length
  }

  /** Brings in `length` bytes at `offset`, which must be inside of the archive. */
  async load(offset: number, length: number, field: string): Promise<void> {
    if (this.has(offset, length)) return
    if (offset < 0 || offset + length > this.sizeBytes) throw corrupt(field, offset, 'leads out of the archive')
    const isNext = offset >= this.#start && offset <= this.#start + this.#bytes.length
    this.#nextReadBytes = isNext ? Math.min(this.#nextReadBytes * 2, largestReadBytes) : firstReadBytes
    const wanted = Math.min(Math.max(length, this.#nextReadBytes), this.sizeBytes - offset)
    const bytes = await this.#source.read(BigInt(offset), wanted, this.#signal)
    if (bytes.length < length) throw corrupt(field, offset, 'the archive is shorter than it says')
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#start = offset
  }

  /** Bytes that must be loaded, as the body of a record. */
  body(offset: number, length: number): RecordBody {
    return { bytes: this.#bytes, view: this.#view, at: offset - this.#start, offset, length }
  }

  /** Header and, unless it is streamed, body of a record that ends at or before `end`. */
  async loadRecord(offset: number, end: number): Promise<RecordHeader> {
    if (offset + headerBytes > end) throw corrupt('record header', offset, `crosses the end of its node at ${end}`)
    if (!this.has(offset, headerBytes)) await this.load(offset, headerBytes, 'record header')
    const header = readHeader(this.#view, offset - this.#start, offset)
    const recordBytes = headerBytes + header.bodyBytes
    if (offset + recordBytes > end) {
      throw corrupt(recordName(header.type), offset, `crosses the end of its node at ${end}`)
    }
    if (!isStreamed(header) && !this.has(offset, recordBytes)) {
      await this.load(offset, recordBytes, recordName(header.type))
    }
    return header
  }
}
