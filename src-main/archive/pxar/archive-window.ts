import type { RandomAccess } from '../random-access.ts'
import type { ItemBody } from './entry-parser.ts'
import { corrupt, headerBytes, type ItemHeader, itemName, readHeader, toSafeNumber } from './items.ts'

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
    const end = this.#start + this.#bytes.length
    const isNext = offset >= this.#start && offset <= end
    this.#nextReadBytes = isNext ? Math.min(this.#nextReadBytes * 2, largestReadBytes) : firstReadBytes
    const wanted = Math.min(Math.max(length, this.#nextReadBytes), this.sizeBytes - offset)
    const bytes = await this.#source.read(BigInt(offset), wanted, this.#signal)
    if (bytes.length < length) throw corrupt(field, offset, 'the archive is shorter than it says')
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#start = offset
  }

  /** The header at `offset`, which must be loaded. */
  header(offset: number): ItemHeader {
    return readHeader(this.#view, offset - this.#start, offset)
  }

  /** Bytes that must be loaded, as the body of an item. */
  body(offset: number, length: number): ItemBody {
    return { bytes: this.#bytes, view: this.#view, at: offset - this.#start, offset, length }
  }

  /** Header and body of an item that ends at or before `end`. */
  async loadItem(offset: number, end: number, isStreamed: (header: ItemHeader) => boolean): Promise<ItemHeader> {
    if (offset + headerBytes > end) throw corrupt('item header', offset, `crosses the end of its entry at ${end}`)
    if (!this.has(offset, headerBytes)) await this.load(offset, headerBytes, 'item header')
    const header = this.header(offset)
    const itemBytes = headerBytes + header.bodyBytes
    if (offset + itemBytes > end) throw corrupt(itemName(header.type), offset, `crosses the end of its entry at ${end}`)
    if (!isStreamed(header) && !this.has(offset, itemBytes)) await this.load(offset, itemBytes, itemName(header.type))
    return header
  }
}
