import type { ArchiveWindow } from '../archive-window.ts'
import type { Metadata } from '../tree.ts'
import { EntryParser, readDevice, readHardlink, readName, readSymlink } from './entry-parser.ts'
import { corrupt, headerBytes, type ItemHeader, isStreamed, itemName, itemType } from './items.ts'
import type { PayloadRef } from './payload-ref.ts'

/** An entry as it stands in the archive, from its FILENAME to its end, for a directory to its first child. */
export type StoredEntry = { readonly name: Uint8Array; readonly start: number; readonly end: number } & (
  | { readonly kind: 'directory'; readonly metadata: Metadata; readonly entryStart: number }
  | { readonly kind: 'fifo' | 'socket'; readonly metadata: Metadata }
  | { readonly kind: 'file'; readonly metadata: Metadata; readonly content: ContentPlace; readonly sizeBytes: bigint }
  | { readonly kind: 'symlink'; readonly metadata: Metadata; readonly target: Uint8Array }
  | {
      readonly kind: 'block-device' | 'char-device'
      readonly metadata: Metadata
      readonly major: bigint
      readonly minor: bigint
    }
  | { readonly kind: 'hardlink'; readonly distance: bigint; readonly target: Uint8Array }
)

/** Where the content of a file is. */
export type ContentPlace =
  /** In the archive itself (version 1), from `offset` on. */
  | { readonly stream: 'archive'; readonly offset: bigint }
  /** In the payload stream of a split archive. */
  | { readonly stream: 'payload'; readonly ref: PayloadRef }

/** Reads single entries. One at a time; nothing of it may reach beyond `limit`. */
export class EntryReader {
  readonly #window: ArchiveWindow<ItemHeader>
  readonly #isSplit: boolean
  readonly #parser = new EntryParser()

  constructor(window: ArchiveWindow<ItemHeader>, isSplit: boolean) {
    this.#window = window
    this.#isSplit = isSplit
  }

  /** The entry whose FILENAME is at `start`. */
  async named(start: number, limit: number): Promise<StoredEntry> {
    const window = this.#window
    const header = await window.loadRecord(start, limit)
    if (header.type !== itemType.filename) throw unexpected(header, start)
    const name = readName(window.body(start + headerBytes, header.bodyBytes))
    const at = start + headerBytes + header.bodyBytes
    const next = await window.loadRecord(at, limit)
    if (next.type !== itemType.hardlink) return this.#entry(name, start, at, limit)
    const body = window.body(at + headerBytes, next.bodyBytes)
    return { kind: 'hardlink', name, start, end: at + headerBytes + next.bodyBytes, ...readHardlink(body) }
  }

  /** The root, whose ENTRY is at `start`. */
  root(start: number, limit: number): Promise<StoredEntry> {
    return this.#entry(new Uint8Array(0), start, start, limit)
  }

  async #entry(name: Uint8Array, start: number, entryStart: number, limit: number): Promise<StoredEntry> {
    const window = this.#window
    const entry = await window.loadRecord(entryStart, limit)
    const { type } = entry
    if (type !== itemType.entry && type !== itemType.entryV1) throw unexpected(entry, entryStart)
    const { kind } = this.#parser.start(type, window.body(entryStart + headerBytes, entry.bodyBytes))
    let at = entryStart + headerBytes + entry.bodyBytes
    let header: ItemHeader | undefined
    // A fifo or socket may be what the limit cuts off, so there may be nothing behind it.
    while (at < limit) {
      header = await window.loadRecord(at, limit)
      if (isStreamed(header) || !this.#parser.attribute(header, window.body(at + headerBytes, header.bodyBytes))) break
      at += headerBytes + header.bodyBytes
      header = undefined
    }
    const metadata = this.#parser.metadata()
    if (kind === 'directory') return { kind, name, start, end: at, metadata, entryStart }
    if (kind === 'fifo' || kind === 'socket') return { kind, name, start, end: at, metadata }
    if (header === undefined) throw corrupt('entry', at, 'has no content')
    const body = window.body(at + headerBytes, header.bodyBytes)
    const end = at + headerBytes + header.bodyBytes
    switch (kind) {
      case 'file': {
        if (header.type !== (this.#isSplit ? itemType.payloadRef : itemType.payload)) throw unexpected(header, at)
        if (!this.#isSplit) {
          const content: ContentPlace = { stream: 'archive', offset: BigInt(at + headerBytes) }
          return { kind, name, start, end, metadata, content, sizeBytes: BigInt(header.bodyBytes) }
        }
        const offset = body.view.getBigUint64(body.at, true)
        const sizeBytes = body.view.getBigUint64(body.at + 8, true)
        return {
          kind,
          name,
          start,
          end,
          metadata,
          content: { stream: 'payload', ref: { offset, sizeBytes } },
          sizeBytes,
        }
      }
      case 'symlink':
        if (header.type !== itemType.symlink) throw unexpected(header, at)
        return { kind, name, start, end, metadata, target: readSymlink(body) }
      default:
        if (header.type !== itemType.device) throw unexpected(header, at)
        return { kind, name, start, end, metadata, ...readDevice(body) }
    }
  }
}

function unexpected(header: ItemHeader, offset: number): Error {
  return corrupt(itemName(header.type), offset, 'not possible here')
}
