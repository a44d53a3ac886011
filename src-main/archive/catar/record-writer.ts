import { GoodbyeRows } from '../goodbye.ts'
import type { NodeKind } from '../node-kind.ts'
import { sipHash24 } from '../siphash.ts'
import type { StreamWriter } from '../stream-writer.ts'
import type { AclRow, Metadata } from '../tree.ts'
import { type EntryStyle, entryBytes, writeEntry } from './entry-record.ts'
import { goodbyeKey } from './goodbye-key.ts'
import { goodbyeMarker, headerBytes, highHalf, itemBytes, type RecordType, recordType } from './records.ts'

/** Which items of a GOODBYE table to write: a large one goes out in parts. */
export interface TablePart {
  /** Where the GOODBYE begins, and where the ENTRY of its directory does. */
  readonly start: number
  readonly entryStart: number
  /** All rows, as GoodbyeRows.treeOrder gives them. */
  readonly order: Uint32Array
  readonly from: number
  readonly to: number
}

/** Writes records, and keeps the rows of their directories' tables. Checks nothing. */
export class RecordWriter {
  readonly #out: StreamWriter
  /** The search tree is the same as in pxar; only the key of the hash and the order of the columns differ. */
  readonly rows = new GoodbyeRows()
  readonly #hash = new Uint32Array(2)

  constructor(out: StreamWriter) {
    this.#out = out
  }

  putHeader(type: RecordType, bodyBytes: number): void {
    this.#out.putU64(headerBytes + bodyBytes)
    this.#out.putHalves(type, highHalf(type))
  }

  /** A body that ends in NUL. */
  putText(type: RecordType, text: Uint8Array): void {
    this.putHeader(type, text.length + 1)
    this.#out.putBytes(text)
    this.#out.putByte(0)
  }

  putBytes(type: RecordType, bytes: Uint8Array): void {
    this.putHeader(type, bytes.length)
    this.#out.putBytes(bytes)
  }

  putNumbers(type: RecordType, numbers: readonly (number | bigint)[]): void {
    this.putHeader(type, numbers.length * 8)
    for (const number of numbers) this.#out.putBigU64(BigInt(number))
  }

  putXattr(name: Uint8Array, value: Uint8Array): void {
    this.putHeader(recordType.xattr, name.length + 1 + value.length)
    this.#out.putBytes(name)
    this.#out.putByte(0)
    this.#out.putBytes(value)
  }

  putAclRow(type: RecordType, { id, permissions, name }: AclRow): void {
    this.putHeader(type, name === undefined ? 16 : 16 + name.length + 1)
    this.#out.putU64(id)
    this.#out.putU64(permissions)
    if (name === undefined) return
    this.#out.putBytes(Buffer.from(name, 'latin1'))
    this.#out.putByte(0)
  }

  putEntry(kind: NodeKind, metadata: Metadata, style: EntryStyle): void {
    this.putHeader(recordType.entry, entryBytes)
    this.#out.putWith(entryBytes, (view, at) => writeEntry(view, at, kind, metadata, style))
  }

  /** The row of a child whose FILENAME is at `start`. */
  pushRow(name: Uint8Array, start: number, sizeBytes: number): void {
    sipHash24(goodbyeKey, name, this.#hash)
    this.rows.push(this.#hash, start, sizeBytes)
  }

  /** With the header before item 0, with the tail after the last item. */
  putTable({ start, entryStart, order, from, to }: TablePart): void {
    const out = this.#out
    const { rows } = this
    const tableBytes = (order.length + 1) * itemBytes
    if (from === 0) this.putHeader(recordType.goodbye, tableBytes)
    for (let slot = from; slot < to; slot++) {
      // Slots are below the length of the order, and what it holds are rows: never undefined.
      const row = order[slot]!
      out.putU64(start - rows.start[row]!)
      out.putU64(rows.size[row]!)
      out.putHalves(rows.hashLow[row]!, rows.hashHigh[row]!)
    }
    if (to < order.length) return
    out.putU64(start - entryStart)
    out.putU64(headerBytes + tableBytes)
    out.putHalves(goodbyeMarker.low, goodbyeMarker.high)
  }
}
