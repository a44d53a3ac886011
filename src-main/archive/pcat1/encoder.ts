import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ByteSink } from '../random-access.ts'
import { type CatalogKind, catalogMagic, maxNameBytes, typeBytes } from './catalog-entry.ts'
import { encodeSignedVarint, encodeVarint } from './varint.ts'

const flushFromBytes = 256 << 10

interface OpenTable {
  readonly name: Uint8Array
  count: number
  bytes: TableBuffer
}

/**
 * Writes a catalog while the tree goes by: `enter` and `leave` for each archive (named as the archive's file, such as
 * `root.pxar.didx`) and each directory in it, `addFile` and `add` for the rest, then `finish`. Blocks go out when their
 * directory is left, so only the tables of open directories are kept. Wait for what a call returns.
 */
export class CatalogEncoder {
  readonly #sink: ByteSink
  readonly #open: OpenTable[] = [{ name: new Uint8Array(0), count: 0, bytes: new TableBuffer() }]
  /** Finished blocks that the sink did not get yet. */
  #out = new TableBuffer()
  #handedOver = 0

  constructor(sink: ByteSink) {
    this.#sink = sink
    this.#out.putBytes(catalogMagic)
  }

  /** An archive, or a directory in the innermost open one. The root of a tree is its archive: it has no block of its own. */
  enter(name: Uint8Array): void {
    checkName(name)
    this.#open.push({ name, count: 0, bytes: new TableBuffer() })
  }

  leave(): void | Promise<void> {
    const table = this.#open.pop()
    const parent = this.#open.at(-1)
    if (table === undefined || parent === undefined) throw new TypeError('no directory is open')
    const block = this.#putBlock(table)
    // The distance is from the block that this row will be in, whose place is not known before it is written.
    parent.bytes.putChild(typeBytes.directory, table.name, block)
    parent.count++
    if (this.#out.length >= flushFromBytes) return this.#flush()
  }

  addFile(name: Uint8Array, sizeBytes: bigint, mtimeSeconds: bigint): void {
    const table = this.#innermost(name)
    table.bytes.putName(typeBytes.file, name)
    table.bytes.putVarint(sizeBytes)
    table.bytes.putSigned(mtimeSeconds)
    table.count++
  }

  add(kind: Exclude<CatalogKind, 'directory' | 'file'>, name: Uint8Array): void {
    const table = this.#innermost(name)
    table.bytes.putName(typeBytes[kind], name)
    table.count++
  }

  async finish(): Promise<void> {
    const [root, ...others] = this.#open
    if (root === undefined || others.length > 0) throw new TypeError('a directory is still open')
    const block = this.#putBlock(root)
    const pointer = new Uint8Array(8)
    new DataView(pointer.buffer).setBigUint64(0, BigInt(block), true)
    this.#out.putBytes(pointer)
    await this.#flush()
  }

  /** Returns where the block begins. */
  #putBlock(table: OpenTable): number {
    const block = this.#handedOver + this.#out.length
    const count: number[] = []
    encodeVarint(table.count, count)
    const rows = table.bytes.resolve(block)
    this.#out.putVarint(count.length + rows.length)
    this.#out.putBytes(Uint8Array.from(count))
    this.#out.putBytes(rows)
    return block
  }

  #innermost(name: Uint8Array): OpenTable {
    checkName(name)
    const table = this.#open.at(-1)
    if (table === undefined || this.#open.length < 2) throw new TypeError('an entry outside of an archive')
    return table
  }

  #flush(): void | Promise<void> {
    const bytes = this.#out.bytes()
    this.#handedOver += bytes.length
    this.#out = new TableBuffer()
    return this.#sink.write(bytes)
  }
}

function checkName(name: Uint8Array): void {
  if (name.length > 0 && name.length < maxNameBytes) return
  throw new HoldfastError('input/invalid', { detail: `A name of ${name.length} bytes cannot be in a catalog.` })
}

/** Bytes that grow. Rows of directories wait in it with their child's place, as their distance is known last. */
class TableBuffer {
  #bytes: Uint8Array = new Uint8Array(128)
  length = 0
  /** Where in the bytes the distance to a child's block goes. */
  readonly #children: { readonly at: number; readonly block: number }[] = []
  readonly #scratch: number[] = []

  putName(type: number, name: Uint8Array): void {
    this.#reserve(name.length + 11)
    this.#bytes[this.length++] = type
    this.putVarint(name.length)
    this.putBytes(name)
  }

  putChild(type: number, name: Uint8Array, block: number): void {
    this.putName(type, name)
    this.#children.push({ at: this.length, block })
  }

  putVarint(value: bigint | number): void {
    this.#scratch.length = 0
    encodeVarint(value, this.#scratch)
    this.putBytes(this.#scratch)
  }

  putSigned(value: bigint): void {
    this.#scratch.length = 0
    encodeSignedVarint(value, this.#scratch)
    this.putBytes(this.#scratch)
  }

  putBytes(bytes: ArrayLike<number>): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  /** The rows with the distances put in, for a table in the block at `block`. */
  resolve(block: number): Uint8Array {
    if (this.#children.length === 0) return this.bytes()
    const resolved = new TableBuffer()
    let from = 0
    for (const child of this.#children) {
      resolved.putBytes(this.#bytes.subarray(from, child.at))
      resolved.putVarint(block - child.block)
      from = child.at
    }
    resolved.putBytes(this.#bytes.subarray(from, this.length))
    return resolved.bytes()
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.length + count, this.#bytes.length * 2))
    grown.set(this.bytes())
    this.#bytes = grown
  }
}
