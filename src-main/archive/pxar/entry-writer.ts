import { GoodbyeRows, rowBytes } from '../goodbye.ts'
import type { NodeKind } from '../node-kind.ts'
import { sipHash24 } from '../siphash.ts'
import type { Metadata } from '../tree.ts'
import { writeAttributes } from './attributes.ts'
import { goodbyeKey } from './goodbye-key.ts'
import type { ItemWriter } from './item-writer.ts'
import { goodbyeTailMarker, headerBytes, type ItemType, itemType } from './items.ts'
import type { PayloadRef } from './payload-ref.ts'
import { statBytes, writeStat } from './stat.ts'

/** Which rows of a GOODBYE table to write: a large one goes out in parts. */
export interface TablePart {
  /** Where the GOODBYE begins, and where its directory does. */
  readonly start: number
  readonly directoryStart: number
  /** All rows, as GoodbyeRows.treeOrder gives them. */
  readonly order: Uint32Array
  readonly from: number
  readonly to: number
}

/** Writes the items of entries, and keeps the rows of their directories' tables. Checks nothing but attributes. */
export class EntryWriter {
  readonly #out: ItemWriter
  readonly rows = new GoodbyeRows()
  readonly #hash = new Uint32Array(2)
  /** Where the last payload began: references must increase (spec pbs §7.5). */
  #lastPayload = 0n

  constructor(out: ItemWriter) {
    this.#out = out
  }

  /** A body that ends in NUL: FILENAME and SYMLINK. */
  putText(type: ItemType, text: Uint8Array): void {
    this.#out.putHeader(type, text.length + 1)
    this.#out.putBytes(text)
    this.#out.putByte(0)
  }

  putEntry(kind: NodeKind, metadata: Metadata): void {
    this.#out.putHeader(itemType.entry, statBytes)
    this.#out.putWith(statBytes, (view, at) => writeStat(view, at, kind, metadata))
    writeAttributes(this.#out, metadata)
  }

  putRef({ offset, sizeBytes }: PayloadRef): void {
    if (offset <= this.#lastPayload) throw new TypeError('payload offsets must increase')
    this.#lastPayload = offset
    this.#out.putHeader(itemType.payloadRef, 16)
    this.#out.putBigU64(offset)
    this.#out.putBigU64(sizeBytes)
  }

  putHardlink(distance: number, target: Uint8Array): void {
    this.#out.putHeader(itemType.hardlink, 8 + target.length + 1)
    this.#out.putU64(distance)
    this.#out.putBytes(target)
    this.#out.putByte(0)
  }

  putDevice(major: bigint, minor: bigint): void {
    this.#out.putHeader(itemType.device, 16)
    this.#out.putBigU64(major)
    this.#out.putBigU64(minor)
  }

  /** The row of an entry that began at `start`. */
  pushRow(name: Uint8Array, start: number, sizeBytes: number): void {
    sipHash24(goodbyeKey, name, this.#hash)
    this.rows.push(this.#hash, start, sizeBytes)
  }

  /** With the header before row 0, with the tail after the last row. */
  putTable({ start, directoryStart, order, from, to }: TablePart): void {
    const out = this.#out
    const { rows } = this
    const tableBytes = (order.length + 1) * rowBytes
    if (from === 0) out.putHeader(itemType.goodbye, tableBytes)
    for (let slot = from; slot < to; slot++) {
      // Slots are below the length of the order, and what it holds are rows: never undefined.
      const row = order[slot]!
      out.putHalves(rows.hashLow[row]!, rows.hashHigh[row]!)
      out.putU64(start - rows.start[row]!)
      out.putU64(rows.size[row]!)
    }
    if (to < order.length) return
    out.putHalves(goodbyeTailMarker.low, goodbyeTailMarker.high)
    out.putU64(start - directoryStart)
    out.putU64(headerBytes + tableBytes)
  }
}
