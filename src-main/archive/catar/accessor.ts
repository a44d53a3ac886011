import { ArchiveWindow } from '../archive-window.ts'
import type { RandomAccess } from '../random-access.ts'
import { Section } from '../section.ts'
import { sipHash24 } from '../siphash.ts'
import type { Metadata } from '../tree.ts'
import { EntryReader, type StoredNode } from './entry-reader.ts'
import { goodbyeKey } from './goodbye-key.ts'
import { type DirectoryRange, findRoot, GoodbyeTable } from './goodbye-table.ts'
import { corrupt, headerBytes, recordFraming } from './records.ts'

interface NodeBase {
  /** Empty for the root. */
  readonly name: Uint8Array
  readonly metadata: Metadata
  /** Where its ENTRY begins and its content ends: what casync takes the digest of. */
  readonly start: bigint
  readonly end: bigint
}

/** A node of an archive. */
export type CatarNode =
  | CatarDirectory
  | CatarFile
  | (NodeBase & { readonly kind: 'symlink'; readonly target: Uint8Array })
  | (NodeBase & { readonly kind: 'block-device' | 'char-device'; readonly major: bigint; readonly minor: bigint })
  | (NodeBase & { readonly kind: 'fifo' | 'socket' })

export interface CatarDirectory extends NodeBase {
  readonly kind: 'directory'
  /** For the accessor. */
  readonly range: DirectoryRange
}

export interface CatarFile extends NodeBase {
  readonly kind: 'file'
  readonly sizeBytes: bigint
  /** Where the content begins. */
  readonly contentStart: bigint
}

export interface OpenCatarOptions {
  readonly signal: AbortSignal
  /** What the index says; an archive with other flags is refused. */
  readonly featureFlags?: bigint | undefined
}

/**
 * Reads an archive from any place, by its GOODBYE tables (spec casync §10.6). A table is only a hint where to look: what
 * is found there is checked. Calls may run at the same time.
 */
export class CatarAccessor {
  readonly #source: RandomAccess
  readonly root: CatarDirectory
  readonly featureFlags: bigint

  private constructor(source: RandomAccess, root: CatarDirectory, featureFlags: bigint) {
    this.#source = source
    this.root = root
    this.featureFlags = featureFlags
  }

  static async open(source: RandomAccess, options: OpenCatarOptions): Promise<CatarAccessor> {
    const window = new ArchiveWindow(source, recordFraming, options.signal)
    const { start, end } = await findRoot(window)
    const reader = new EntryReader(window, options.featureFlags)
    const root = await reader.node(new Uint8Array(0), start, end)
    if (root.kind !== 'directory') throw corrupt('ENTRY mode', start + headerBytes + 8, 'the root is not a directory')
    return new CatarAccessor(source, directoryOf(root, end), reader.featureFlags)
  }

  /** The children in the order of the archive. Reads no content, and nothing below subdirectories. */
  async *list(directory: CatarDirectory, signal: AbortSignal): AsyncGenerator<CatarNode, void, undefined> {
    const window = new ArchiveWindow(this.#source, recordFraming, signal)
    const table = await GoodbyeTable.open(window, directory.range)
    const places = await table.children()
    const reader = new EntryReader(window, this.featureFlags)
    let lastName: Uint8Array | undefined
    for (const { start, end } of places) {
      signal.throwIfAborted()
      const stored = await reader.named(start, end)
      if (lastName !== undefined && Buffer.compare(lastName, stored.name) >= 0) {
        throw corrupt('FILENAME', start, 'does not come after the one before')
      }
      lastName = stored.name
      yield nodeOf(stored, end)
    }
  }

  /** The node at a path from the root; the root itself for an empty one. Undefined when there is none. */
  async lookup(path: readonly Uint8Array[], signal: AbortSignal): Promise<CatarNode | undefined> {
    let node: CatarNode = this.root
    for (const name of path) {
      if (node.kind !== 'directory') return undefined
      const child: CatarNode | undefined = await this.child(node, name, signal)
      if (child === undefined) return undefined
      node = child
    }
    return node
  }

  /** The child of a directory by its name. */
  async child(directory: CatarDirectory, name: Uint8Array, signal: AbortSignal): Promise<CatarNode | undefined> {
    const table = await GoodbyeTable.open(new ArchiveWindow(this.#source, recordFraming, signal), directory.range)
    const reader = new EntryReader(new ArchiveWindow(this.#source, recordFraming, signal), this.featureFlags)
    const hash = new Uint32Array(2)
    sipHash24(goodbyeKey, name, hash)
    for await (const { start, end } of table.find(hash)) {
      signal.throwIfAborted()
      const stored = await reader.named(start, end)
      if (Buffer.compare(stored.name, name) === 0) return nodeOf(stored, end)
    }
    return undefined
  }

  /** The content of a file. */
  open(file: CatarFile): RandomAccess {
    return new Section(this.#source, file.contentStart, file.sizeBytes)
  }

  /** The bytes of a node as they stand in the archive, for its digest. */
  openStored(node: CatarNode): RandomAccess {
    return new Section(this.#source, node.start, node.end - node.start)
  }
}

function directoryOf(
  stored: StoredNode & { readonly kind: 'directory' | 'fifo' | 'socket' },
  end: number,
): CatarDirectory {
  const { name, metadata, entryStart } = stored
  return {
    kind: 'directory',
    name,
    metadata,
    start: BigInt(entryStart),
    end: BigInt(end),
    range: { start: entryStart, contentStart: stored.end, end },
  }
}

/** `end` is where the table says that the node ends. */
function nodeOf(stored: StoredNode, end: number): CatarNode {
  if (stored.kind === 'directory') return directoryOf({ ...stored, kind: 'directory' }, end)
  // Nodes follow each other without gaps; only a directory goes on behind what was read of it.
  if (stored.end !== end) throw corrupt('GOODBYE item size', stored.end, `the node ends here, not at ${end}`)
  const { name, metadata } = stored
  const base = { name, metadata, start: BigInt(stored.entryStart), end: BigInt(end) }
  switch (stored.kind) {
    case 'file': {
      const { kind, contentStart, sizeBytes } = stored
      return { ...base, kind, contentStart: BigInt(contentStart), sizeBytes: BigInt(sizeBytes) }
    }
    case 'symlink':
      return { ...base, kind: stored.kind, target: stored.target }
    case 'block-device':
    case 'char-device':
      return { ...base, kind: stored.kind, major: stored.major, minor: stored.minor }
    default:
      return { ...base, kind: stored.kind }
  }
}
