import type { RandomAccess } from '../random-access.ts'
import { type CatalogEntry, type CatalogKind, catalogMagic, maxNameBytes, typeBytes } from './catalog-entry.ts'
import { CatalogCursor, corrupt } from './varint.ts'

/** Ours: a folder of ten million entries with names of ordinary length. */
const maxBlockBytes = 512 << 20

const headerReadBytes = 4096

const kinds: ReadonlyMap<number, CatalogKind> = new Map(
  // The keys of the record are its declared ones: it is a constant.
  (Object.keys(typeBytes) as CatalogKind[]).map((kind) => [typeBytes[kind], kind]),
)

/**
 * Reads a catalog (spec pbs §7.9) from any place. A child's block lies before its parent's, so that walking down always
 * ends.
 */
export class CatalogReader {
  readonly #source: RandomAccess
  /** The block with a directory for each archive, named like the archive's file. */
  readonly root: bigint

  private constructor(source: RandomAccess, root: bigint) {
    this.#source = source
    this.root = root
  }

  static async open(source: RandomAccess, signal: AbortSignal): Promise<CatalogReader> {
    const { sizeBytes } = source
    const least = BigInt(catalogMagic.length + 2 + 8)
    if (sizeBytes < least) throw corrupt('catalog', sizeBytes, 'is too short')
    const magic = await source.read(0n, catalogMagic.length, signal)
    if (Buffer.compare(magic, catalogMagic) !== 0) throw corrupt('magic', 0, 'is not that of a catalog')
    const pointerAt = sizeBytes - 8n
    const pointer = await source.read(pointerAt, 8, signal)
    if (pointer.length < 8) throw corrupt('root block', pointerAt, 'is cut off')
    const root = new DataView(pointer.buffer, pointer.byteOffset, 8).getBigUint64(0, true)
    return new CatalogReader(source, root)
  }

  /** The entries of the block of a directory, in the order of the archive. */
  async read(block: bigint, signal: AbortSignal): Promise<CatalogEntry[]> {
    const cursor = await this.#table(block, signal)
    const entries: CatalogEntry[] = []
    for (let left = cursor.length('entry count'); left > 0; left--) entries.push(readEntry(cursor, block))
    if (cursor.leftBytes > 0) throw corrupt('block', cursor.position, `${cursor.leftBytes} bytes too many`)
    return entries
  }

  /** The entry at a path of names, the first being an archive's. Undefined when there is none. */
  async lookup(path: readonly Uint8Array[], signal: AbortSignal): Promise<CatalogEntry | undefined> {
    let found: CatalogEntry | undefined
    let block: bigint | undefined = this.root
    for (const name of path) {
      if (block === undefined) return undefined
      const entries = await this.read(block, signal)
      found = entries.find((entry) => Buffer.compare(entry.name, name) === 0)
      block = found?.kind === 'directory' ? found.block : undefined
    }
    return found
  }

  async #table(block: bigint, signal: AbortSignal): Promise<CatalogCursor> {
    // Behind all blocks is the pointer to the root.
    const room = this.#source.sizeBytes - 8n - block
    if (block < BigInt(catalogMagic.length) || room < 2n) throw corrupt('block', block, 'is not inside of the catalog')
    const first = await this.#source.read(
      block,
      Number(room < headerReadBytes ? room : BigInt(headerReadBytes)),
      signal,
    )
    const header = new CatalogCursor(first, block)
    const tableBytes = header.varint('block length')
    const tableAt = header.position
    if (tableBytes > BigInt(maxBlockBytes) || tableAt + tableBytes > block + room) {
      throw corrupt('block length', block, `${tableBytes} bytes do not fit`)
    }
    const length = Number(tableBytes)
    const isWhole = length <= header.leftBytes
    const table = isWhole ? header.take(length, 'block') : await this.#source.read(tableAt, length, signal)
    if (table.length < length) throw corrupt('block', tableAt, 'is cut off')
    return new CatalogCursor(table, tableAt)
  }
}

function readEntry(cursor: CatalogCursor, block: bigint): CatalogEntry {
  const { position } = cursor
  const type = cursor.byte('entry type')
  const kind = kinds.get(type)
  if (kind === undefined) throw corrupt('entry type', position, `unknown type ${type}`)
  const nameAt = cursor.position
  const nameBytes = cursor.length('name length')
  if (nameBytes === 0 || nameBytes >= maxNameBytes) throw corrupt('name length', nameAt, `${nameBytes} bytes`)
  const name = cursor.take(nameBytes, 'name')
  if (kind === 'file') {
    return { kind, name, sizeBytes: cursor.varint('file size'), mtimeSeconds: cursor.signedVarint('mtime') }
  }
  if (kind !== 'directory') return { kind, name }
  const distanceAt = cursor.position
  const distance = cursor.varint('directory offset')
  if (distance === 0n || distance > block - BigInt(catalogMagic.length)) {
    throw corrupt('directory offset', distanceAt, `${distance} does not lead to an earlier block`)
  }
  return { kind, name, block: block - distance }
}
