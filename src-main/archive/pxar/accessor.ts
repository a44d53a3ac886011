import { HoldfastError } from '../../../src-shared/errors.ts'
import { ArchiveWindow } from '../archive-window.ts'
import { splitPath } from '../entry-names.ts'
import type { RandomAccess } from '../random-access.ts'
import { Section } from '../section.ts'
import { sipHash24 } from '../siphash.ts'
import type { Metadata } from '../tree.ts'
import { type ContentPlace, EntryReader, type StoredEntry } from './entry-reader.ts'
import { goodbyeKey } from './goodbye-key.ts'
import { type DirectoryRange, GoodbyeTable } from './goodbye-table.ts'
import { corrupt, formatVersion2, headerBytes, type ItemHeader, itemFraming, itemType } from './items.ts'
import { openPayload } from './payload.ts'

/** An entry of an archive. A hard link is the file that it links to, under its own name. */
export type PxarNode =
  | PxarDirectory
  | PxarFile
  | { readonly kind: 'symlink'; readonly name: Uint8Array; readonly metadata: Metadata; readonly target: Uint8Array }
  | {
      readonly kind: 'block-device' | 'char-device'
      readonly name: Uint8Array
      readonly metadata: Metadata
      readonly major: bigint
      readonly minor: bigint
    }
  | { readonly kind: 'fifo' | 'socket'; readonly name: Uint8Array; readonly metadata: Metadata }

export interface PxarDirectory {
  readonly kind: 'directory'
  /** Empty for the root. */
  readonly name: Uint8Array
  readonly metadata: Metadata
  /** For the accessor. */
  readonly range: DirectoryRange
}

export interface PxarFile {
  readonly kind: 'file'
  readonly name: Uint8Array
  readonly metadata: Metadata
  readonly sizeBytes: bigint
  readonly content: ContentPlace
  /** Where the file itself stands in the archive: the same for all its names. */
  readonly start: bigint
  /** Of a hard link: the path, from the root, of the name that came first. */
  readonly linkedTo?: Uint8Array | undefined
}

export interface OpenPxarOptions {
  readonly signal: AbortSignal
  /** The payload stream of a split archive, for `open`. */
  readonly payload?: RandomAccess | undefined
}

/**
 * Reads an archive, or the metadata stream of a split one, from any place, by its GOODBYE tables (spec pbs §7.4). A
 * table is only a hint where to look: what is found there is checked. Calls may run at the same time.
 */
export class PxarAccessor {
  readonly #source: RandomAccess
  readonly #payload: RandomAccess | undefined
  readonly root: PxarDirectory
  /** 2 is a split archive. */
  readonly version: 1 | 2
  readonly prelude: Uint8Array | undefined

  private constructor(source: RandomAccess, payload: RandomAccess | undefined, start: ArchiveStart) {
    this.#source = source
    this.#payload = payload
    this.root = start.root
    this.version = start.version
    this.prelude = start.prelude
  }

  static async open(source: RandomAccess, options: OpenPxarOptions): Promise<PxarAccessor> {
    const start = await readStart(new ArchiveWindow(source, itemFraming, options.signal))
    return new PxarAccessor(source, options.payload, start)
  }

  /** The children in the order of the archive. Reads no content, and no entries of subdirectories. */
  async *list(directory: PxarDirectory, signal: AbortSignal): AsyncGenerator<PxarNode, void, undefined> {
    const window = new ArchiveWindow(this.#source, itemFraming, signal)
    const table = await GoodbyeTable.open(window, directory.range)
    const starts = await table.starts()
    const reader = this.#reader(window)
    // Links lead far back: they get a window of their own.
    let linkReader: EntryReader | undefined
    for (let i = 0; i < starts.length; i++) {
      signal.throwIfAborted()
      const start = starts[i] ?? 0
      const end = starts[i + 1] ?? table.start
      const entry = await reader.named(start, end)
      // Entries follow each other without gaps; only a directory goes on behind what was read of it.
      if (entry.kind !== 'directory' && entry.end !== end) throw corrupt('entry', entry.end, 'has no row in the table')
      if (entry.kind === 'hardlink') linkReader ??= this.#reader(new ArchiveWindow(this.#source, itemFraming, signal))
      yield await this.#node(entry, end, linkReader ?? reader)
    }
  }

  /** The entry at a path from the root; the root itself for an empty one. Undefined when there is none. */
  async lookup(path: readonly Uint8Array[], signal: AbortSignal): Promise<PxarNode | undefined> {
    let node: PxarNode = this.root
    for (const name of path) {
      if (node.kind !== 'directory') return undefined
      const child: PxarNode | undefined = await this.child(node, name, signal)
      if (child === undefined) return undefined
      node = child
    }
    return node
  }

  /** The entry of a directory by its name. */
  async child(directory: PxarDirectory, name: Uint8Array, signal: AbortSignal): Promise<PxarNode | undefined> {
    const table = await GoodbyeTable.open(new ArchiveWindow(this.#source, itemFraming, signal), directory.range)
    const reader = this.#reader(new ArchiveWindow(this.#source, itemFraming, signal))
    const hash = new Uint32Array(2)
    sipHash24(goodbyeKey, name, hash)
    for await (const { start, sizeBytes } of table.find(hash)) {
      signal.throwIfAborted()
      const entry = await reader.named(start, table.start)
      if (!areEqual(entry.name, name)) continue
      // Rows of directories say their true size; those of files may not (§7.5).
      return await this.#node(entry, start + sizeBytes, reader)
    }
    return undefined
  }

  /** The content of a file. Split archives need the payload stream for it. */
  async open(file: PxarFile, signal: AbortSignal): Promise<RandomAccess> {
    if (file.content.stream === 'archive') return new Section(this.#source, file.content.offset, file.sizeBytes)
    if (this.#payload !== undefined) return await openPayload(this.#payload, file.content.ref, signal)
    throw new HoldfastError('internal', { detail: 'The payload of a split archive was not given.' })
  }

  #reader(window: ArchiveWindow<ItemHeader>): EntryReader {
    return new EntryReader(window, this.version === 2)
  }

  async #node(entry: StoredEntry, end: number, reader: EntryReader): Promise<PxarNode> {
    const { name } = entry
    switch (entry.kind) {
      case 'directory':
        return {
          kind: entry.kind,
          name,
          metadata: entry.metadata,
          range: { start: entry.entryStart, contentStart: entry.end, end },
        }
      case 'file':
        return fileNode(entry)
      case 'hardlink': {
        const { distance, target } = entry
        if (distance === 0n || distance > BigInt(entry.start - this.root.range.contentStart)) {
          throw corrupt('HARDLINK distance', entry.start, `${distance} does not lead to an earlier entry`)
        }
        const start = entry.start - Number(distance)
        const linked = await reader.named(start, entry.start)
        const targetName = splitPath(target).at(-1)
        if (linked.kind !== 'file' || targetName === undefined || !areEqual(linked.name, targetName)) {
          throw corrupt('HARDLINK', entry.start, `there is no such file at ${start}`)
        }
        return { ...fileNode(linked), name, linkedTo: target }
      }
      case 'symlink':
        return { kind: entry.kind, name, metadata: entry.metadata, target: entry.target }
      case 'block-device':
      case 'char-device':
        return { kind: entry.kind, name, metadata: entry.metadata, major: entry.major, minor: entry.minor }
      default:
        return { kind: entry.kind, name, metadata: entry.metadata }
    }
  }
}

function fileNode(entry: StoredEntry & { readonly kind: 'file' }): PxarFile {
  const { kind, name, metadata, sizeBytes, content, start } = entry
  return { kind, name, metadata, sizeBytes, content, start: BigInt(start) }
}

interface ArchiveStart {
  readonly version: 1 | 2
  readonly prelude: Uint8Array | undefined
  readonly root: PxarDirectory
}

async function readStart(window: ArchiveWindow<ItemHeader>): Promise<ArchiveStart> {
  const end = window.sizeBytes
  let version: 1 | 2 = 1
  let prelude: Uint8Array | undefined
  let at = 0
  let header = await window.loadRecord(at, end)
  if (header.type === itemType.formatVersion) {
    const { view, at: index, offset } = window.body(headerBytes, header.bodyBytes)
    const found = view.getBigUint64(index, true)
    if (found !== BigInt(formatVersion2)) throw corrupt('FORMAT_VERSION', offset, `unknown version ${found}`)
    version = formatVersion2
    at += headerBytes + header.bodyBytes
    header = await window.loadRecord(at, end)
    if (header.type === itemType.prelude) {
      const body = window.body(at + headerBytes, header.bodyBytes)
      prelude = body.bytes.slice(body.at, body.at + body.length)
      at += headerBytes + header.bodyBytes
    }
  }
  const root = await new EntryReader(window, version === 2).root(at, end)
  if (root.kind !== 'directory') throw corrupt('ENTRY mode', at + headerBytes, 'the root is not a directory')
  const { name, metadata } = root
  return {
    version,
    prelude,
    root: { kind: 'directory', name, metadata, range: { start: 0, contentStart: root.end, end } },
  }
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
