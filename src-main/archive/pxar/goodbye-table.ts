import type { ArchiveWindow } from '../archive-window.ts'
import { rowBytes } from '../goodbye.ts'
import { searchRows } from '../goodbye-search.ts'
import { corrupt, goodbyeTailMarker, headerBytes, type ItemHeader, itemType } from './items.ts'

/** Where a directory is in the archive. */
export interface DirectoryRange {
  /** Its ENTRY; of the root the very beginning, before FORMAT_VERSION and PRELUDE. */
  readonly start: number
  /** Its first child. */
  readonly contentStart: number
  /** Behind its GOODBYE. */
  readonly end: number
}

/** FILENAME with one letter, and a HARDLINK with a one-letter target: bounds the number of rows before it is believed. */
const smallestChildBytes = headerBytes + 2 + headerBytes + 10

/** The tail of a directory comes with the rest of its table, and often its entries, in one read. */
const tailReadBytes = 16 << 10

const tableReadBytes = 1 << 20

/** A child as a row of the table says: a promise to be checked at the place itself. */
export interface ChildRow {
  readonly start: number
  readonly sizeBytes: number
}

/** The GOODBYE table of a directory, read from its end (spec pbs §7.4). */
export class GoodbyeTable {
  readonly #window: ArchiveWindow<ItemHeader>
  readonly #range: DirectoryRange
  /** Where the GOODBYE is: the end of the last child. */
  readonly start: number
  readonly count: number

  private constructor(window: ArchiveWindow<ItemHeader>, range: DirectoryRange, start: number, count: number) {
    this.#window = window
    this.#range = range
    this.start = start
    this.count = count
  }

  static async open(window: ArchiveWindow<ItemHeader>, range: DirectoryRange): Promise<GoodbyeTable> {
    const { contentStart, end } = range
    if (end - contentStart < headerBytes + rowBytes) throw corrupt('GOODBYE', contentStart, 'no room for a table')
    const from = Math.max(contentStart, end - tailReadBytes)
    await window.load(from, end - from, 'GOODBYE')
    const tailStart = end - rowBytes
    const { view, at } = window.body(tailStart, rowBytes)
    const isTail =
      view.getUint32(at, true) === goodbyeTailMarker.low && view.getUint32(at + 4, true) === goodbyeTailMarker.high
    if (!isTail) throw corrupt('GOODBYE tail', tailStart, 'has no marker')
    const tailDistance = view.getBigUint64(at + 8, true)
    const size = view.getBigUint64(at + 16, true)
    if (size > BigInt(end - contentStart))
      throw corrupt('GOODBYE tail size', tailStart + 16, 'is larger than the directory')
    const start = end - Number(size)
    const count = (Number(size) - headerBytes) / rowBytes - 1
    if (!Number.isInteger(count) || count < 0 || count * smallestChildBytes > start - contentStart) {
      throw corrupt('GOODBYE tail size', tailStart + 16, `${size} does not fit the directory`)
    }
    await window.load(start, headerBytes, 'GOODBYE')
    const header = window.header(start)
    if (header.type !== itemType.goodbye || header.bodyBytes !== (count + 1) * rowBytes) {
      throw corrupt('GOODBYE', start, 'is not where its tail says')
    }
    if (tailDistance !== BigInt(start - range.start)) {
      throw corrupt('GOODBYE tail offset', tailStart + 8, `${tailDistance} does not lead to the directory`)
    }
    return new GoodbyeTable(window, range, start, count)
  }

  /** Where the children begin, in the order of the archive. Complete: the first is where the directory's content begins. */
  async starts(): Promise<Float64Array> {
    const starts = new Float64Array(this.count)
    for (let row = 0; row < this.count; ) {
      const rows = Math.min(this.count - row, Math.floor(tableReadBytes / rowBytes))
      await this.#window.load(this.#rowAt(row), rows * rowBytes, 'GOODBYE')
      for (const end = row + rows; row < end; row++) starts[row] = this.#childAt(row).start
    }
    starts.sort()
    let before = -1
    for (const start of starts) {
      if (start === before) throw corrupt('GOODBYE row', this.start, 'two rows for one entry')
      before = start
    }
    const first = starts[0] ?? this.start
    if (first !== this.#range.contentStart) throw corrupt('GOODBYE row', this.start, 'the first entry has no row')
    return starts
  }

  /** Rows whose hash is that of a name, in `halves` as sipHash24 gives it. */
  async *find(halves: Uint32Array): AsyncGenerator<ChildRow, void, undefined> {
    const rows = { start: this.#rowAt(0), count: this.count, hashAt: 0 }
    for await (const slot of searchRows(this.#window, rows, halves)) yield this.#childAt(slot)
  }

  #rowAt(slot: number): number {
    return this.start + headerBytes + slot * rowBytes
  }

  #childAt(slot: number): ChildRow {
    const rowStart = this.#rowAt(slot)
    const { view, at } = this.#window.body(rowStart, rowBytes)
    const distance = view.getBigUint64(at + 8, true)
    const room = this.start - this.#range.contentStart
    if (distance < BigInt(smallestChildBytes) || distance > BigInt(room)) {
      throw corrupt('GOODBYE row offset', rowStart + 8, `${distance} leads out of the directory`)
    }
    const size = view.getBigUint64(at + 16, true)
    const sizeBytes = size > distance ? Number(distance) : Number(size)
    return { start: this.start - Number(distance), sizeBytes }
  }
}
