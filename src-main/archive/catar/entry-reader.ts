import type { ArchiveWindow } from '../archive-window.ts'
import type { Metadata } from '../tree.ts'
import { EntryParser, readDevice, readName, readSymlink } from './entry-parser.ts'
import { corrupt, headerBytes, isStreamed, type RecordHeader, recordName, recordType } from './records.ts'

/** A node as it stands in the archive: from its ENTRY to the end of its content, for a directory to its first child. */
export type StoredNode = {
  readonly name: Uint8Array
  readonly metadata: Metadata
  readonly entryStart: number
  readonly end: number
} & (
  | { readonly kind: 'directory' | 'fifo' | 'socket' }
  | { readonly kind: 'file'; readonly contentStart: number; readonly sizeBytes: number }
  | { readonly kind: 'symlink'; readonly target: Uint8Array }
  | { readonly kind: 'block-device' | 'char-device'; readonly major: bigint; readonly minor: bigint }
)

/** Reads single nodes. One at a time; nothing of it may reach beyond `limit`. */
export class EntryReader {
  readonly #window: ArchiveWindow<RecordHeader>
  readonly #parser: EntryParser

  constructor(window: ArchiveWindow<RecordHeader>, featureFlags?: bigint) {
    this.#window = window
    this.#parser = new EntryParser(featureFlags)
  }

  /** Of the archive, known when a node was read. */
  get featureFlags(): bigint {
    return this.#parser.featureFlags
  }

  /** The child whose FILENAME is at `start`. */
  async named(start: number, limit: number): Promise<StoredNode> {
    const header = await this.#window.loadRecord(start, limit)
    if (header.type !== recordType.filename) throw unexpected(header, start)
    const name = readName(this.#window.body(start + headerBytes, header.bodyBytes))
    return await this.node(name, start + headerBytes + header.bodyBytes, limit)
  }

  /** The node whose ENTRY is at `entryStart`. */
  async node(name: Uint8Array, entryStart: number, limit: number): Promise<StoredNode> {
    const window = this.#window
    const entry = await window.loadRecord(entryStart, limit)
    if (entry.type !== recordType.entry) throw unexpected(entry, entryStart)
    const { kind } = this.#parser.start(window.body(entryStart + headerBytes, entry.bodyBytes))
    let at = entryStart + headerBytes + entry.bodyBytes
    let content: RecordHeader | undefined
    // A fifo or socket may be what the limit cuts off, so there may be nothing behind it.
    while (at < limit) {
      const header = await window.loadRecord(at, limit)
      const isAttribute =
        !isStreamed(header) && this.#parser.attribute(header, window.body(at + headerBytes, header.bodyBytes))
      if (!isAttribute) {
        content = header
        break
      }
      at += headerBytes + header.bodyBytes
    }
    const node = { name, metadata: this.#parser.metadata(), entryStart }
    if (kind === 'directory' || kind === 'fifo' || kind === 'socket') return { ...node, kind, end: at }
    if (content === undefined) throw corrupt('node', at, 'has no content')
    const body = window.body(at + headerBytes, content.bodyBytes)
    const end = at + headerBytes + content.bodyBytes
    switch (kind) {
      case 'file':
        if (content.type !== recordType.payload) throw unexpected(content, at)
        return { ...node, kind, end, contentStart: at + headerBytes, sizeBytes: content.bodyBytes }
      case 'symlink':
        if (content.type !== recordType.symlink) throw unexpected(content, at)
        return { ...node, kind, end, target: readSymlink(body) }
      default:
        if (content.type !== recordType.device) throw unexpected(content, at)
        return { ...node, kind, end, ...readDevice(body) }
    }
  }
}

function unexpected({ type }: RecordHeader, offset: number): Error {
  return corrupt(recordName(type), offset, 'not possible here')
}
