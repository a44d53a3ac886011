import type { ArchiveWindow } from '../archive-window.ts'
import { searchRows } from '../goodbye-search.ts'
import { entryBytes } from './entry-record.ts'
import { readGoodbyeTail } from './goodbye-tail.ts'
import { corrupt, headerBytes, itemBytes, type RecordHeader, recordType } from './records.ts'

/** Where a directory is in the archive. */
export interface DirectoryRange {
  /** Its ENTRY. */
  readonly start: number
  /** Its first child. */
  readonly contentStart: number
  /** Behind its GOODBYE. */
  readonly end: number
}

/** FILENAME with one letter and the ENTRY of a fifo: bounds the number of items before it is believed. */
const smallestChildBytes = headerBytes + 2 + headerBytes + entryBytes
const smallestTableBytes = headerBytes + itemBytes

/** The tail of a directory comes with the rest of its table, and often its children, in one read. */
const tailReadBytes = 16 << 10
const tableReadBytes = 1 << 20

/** A child as an item of the table says: a promise to be checked at the place itself. */
export interface ChildPlace {
  readonly start: number
  readonly end: number
}

/** Where the root of an archive is, by the GOODBYE at its end (spec casync §10.6). Anything behind that makes it fail. */
export async function findRoot(
  window: ArchiveWindow<RecordHeader>,
): Promise<{ readonly start: number; readonly end: number }> {
  const end = window.sizeBytes
  if (end < smallestTableBytes) throw corrupt('GOODBYE', 0, 'no room for a table')
  const { start, tail } = await readTail(window, 0, end)
  if (tail.entryDistance !== BigInt(start)) {
    throw corrupt('GOODBYE tail offset', end - itemBytes, `${tail.entryDistance} does not lead to the beginning`)
  }
  return { start: 0, end }
}

/** The GOODBYE table of a directory, read from its end. */
export class GoodbyeTable {
  readonly #window: ArchiveWindow<RecordHeader>
  readonly #range: DirectoryRange
  /** Where the GOODBYE is: the end of the last child. */
  readonly start: number
  readonly count: number

  private constructor(window: ArchiveWindow<RecordHeader>, range: DirectoryRange, start: number, count: number) {
    this.#window = window
    this.#range = range
    this.start = start
    this.count = count
  }

  static async open(window: ArchiveWindow<RecordHeader>, range: DirectoryRange): Promise<GoodbyeTable> {
    const { contentStart, end } = range
    if (end - contentStart < smallestTableBytes) throw corrupt('GOODBYE', contentStart, 'no room for a table')
    const { start, tail } = await readTail(window, contentStart, end)
    const count = (end - start - smallestTableBytes) / itemBytes
    if (!Number.isInteger(count) || count * smallestChildBytes > start - contentStart) {
      throw corrupt('GOODBYE tail size', end - itemBytes + 8, `${tail.sizeBytes} does not fit the directory`)
    }
    const header = await window.loadRecord(start, end)
    if (header.type !== recordType.goodbye || headerBytes + header.bodyBytes !== end - start) {
      throw corrupt('GOODBYE', start, 'is not where its tail says')
    }
    if (tail.entryDistance !== BigInt(start - range.start)) {
      throw corrupt('GOODBYE tail offset', end - itemBytes, `${tail.entryDistance} does not lead to the directory`)
    }
    return new GoodbyeTable(window, range, start, count)
  }

  /** The children in the order of the archive. Complete: they follow each other without gaps. */
  async children(): Promise<ChildPlace[]> {
    const places: ChildPlace[] = []
    for (let slot = 0; slot < this.count; ) {
      const slots = Math.min(this.count - slot, Math.floor(tableReadBytes / itemBytes))
      await this.#window.load(this.#slotAt(slot), slots * itemBytes, 'GOODBYE')
      for (const end = slot + slots; slot < end; slot++) places.push(this.#placeAt(slot))
    }
    places.sort((a, b) => a.start - b.start)
    let at = this.#range.contentStart
    for (const { start, end } of places) {
      if (start !== at) throw corrupt('GOODBYE item', this.start, `there is no item for what is at ${at}`)
      at = end
    }
    if (at !== this.start) throw corrupt('GOODBYE item', this.start, `there is no item for what is at ${at}`)
    return places
  }

  /** Items whose hash is that of a name, in `halves` as sipHash24 gives it. */
  async *find(halves: Uint32Array): AsyncGenerator<ChildPlace, void, undefined> {
    const rows = { start: this.#slotAt(0), count: this.count, hashAt: 16 }
    for await (const slot of searchRows(this.#window, rows, halves)) yield this.#placeAt(slot)
  }

  #slotAt(slot: number): number {
    return this.start + headerBytes + slot * itemBytes
  }

  #placeAt(slot: number): ChildPlace {
    const itemStart = this.#slotAt(slot)
    const { view, at } = this.#window.body(itemStart, itemBytes)
    const distance = view.getBigUint64(at, true)
    const size = view.getBigUint64(at + 8, true)
    if (distance > BigInt(this.start - this.#range.contentStart) || distance < BigInt(smallestChildBytes)) {
      throw corrupt('GOODBYE item offset', itemStart, `${distance} leads out of the directory`)
    }
    if (size > distance || size < BigInt(smallestChildBytes)) {
      throw corrupt('GOODBYE item size', itemStart + 8, `${size} leads out of the directory`)
    }
    const start = this.start - Number(distance)
    return { start, end: start + Number(size) }
  }
}

/** The tail that ends at `end`, and where it says that its GOODBYE begins: not before `least`. */
async function readTail(
  window: ArchiveWindow<RecordHeader>,
  least: number,
  end: number,
): Promise<{ readonly start: number; readonly tail: ReturnType<typeof readGoodbyeTail> }> {
  const from = Math.max(least, end - tailReadBytes)
  await window.load(from, end - from, 'GOODBYE')
  const tailStart = end - itemBytes
  const { view, at } = window.body(tailStart, itemBytes)
  const tail = readGoodbyeTail(view, at, tailStart)
  if (tail.sizeBytes > BigInt(end - least) || tail.sizeBytes < BigInt(smallestTableBytes)) {
    throw corrupt('GOODBYE tail size', tailStart + 8, `${tail.sizeBytes} does not fit the directory`)
  }
  return { start: end - Number(tail.sizeBytes), tail }
}
