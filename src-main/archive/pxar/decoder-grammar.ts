import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ByteWindow } from '../byte-window.ts'
import { rowBytes } from '../goodbye.ts'
import { InlineContent } from '../inline-content.ts'
import type { RecordBody } from '../record-body.ts'
import type { FileContent } from '../tree.ts'
import { EntryParser, readDevice, readHardlink, readName, readSymlink } from './entry-parser.ts'
import {
  corrupt,
  formatVersion2,
  goodbyeTailMarker,
  headerBytes,
  type ItemHeader,
  itemName,
  itemType,
  maxDepth,
} from './items.ts'
import type { PayloadRef } from './payload-ref.ts'
import type { PxarEntry } from './pxar-entry.ts'
import type { Stat } from './stat.ts'

export interface DecodeOptions {
  readonly signal: AbortSignal
  /** For split archives: makes `open` of files work. Without it, use their `payload`. */
  readonly openPayload?: ((ref: PayloadRef) => FileContent | Promise<FileContent>) | undefined
  /** Called with the PRELUDE of a split archive before the first entry. */
  readonly onPrelude?: ((prelude: Uint8Array) => void) | undefined
}

type State =
  /** FORMAT_VERSION or the root's ENTRY. */
  | 'start'
  /** PRELUDE or the root's ENTRY. */
  | 'versioned'
  /** The root's ENTRY. */
  | 'root'
  /** FILENAME or GOODBYE. */
  | 'child'
  /** ENTRY or HARDLINK. */
  | 'named'
  /** Attributes, then content. */
  | 'entry'
  /** Nothing. */
  | 'end'

/** The grammar of spec pbs §7.3. Looks at one item at a time, which is in the window as far as it is not streamed. */
export class DecoderGrammar {
  readonly #input: ByteWindow
  readonly #options: DecodeOptions
  readonly #parser = new EntryParser()
  /** Children of every open directory. */
  readonly #children: number[] = []
  #state: State = 'start'
  #isSplit = false
  #name: Uint8Array = new Uint8Array(0)
  #nameStart = 0
  #stat: Stat | undefined
  /** Where the first child of the root may be: no hard link points before it. */
  #contentStart = 0
  #payloadEnd = 0n
  #content: InlineContent | undefined

  constructor(input: ByteWindow, options: DecodeOptions) {
    this.#input = input
    this.#options = options
  }

  get mayLeave(): boolean {
    return this.#state === 'child'
  }

  get unreadBytes(): number {
    return this.#content?.leftBytes ?? 0
  }

  async skipContent(): Promise<void> {
    const content = this.#content
    this.#content = undefined
    await content?.skip()
  }

  /** Takes an item and returns the entry that it completes. An item that belongs to the next entry stays. */
  take(header: ItemHeader): PxarEntry | undefined {
    this.#content = undefined
    const { type } = header
    switch (this.#state) {
      case 'start':
        if (type !== itemType.formatVersion) return this.#entry(header)
        return this.#version(this.#consume(header))
      case 'versioned': {
        if (type !== itemType.prelude) return this.#entry(header)
        const { bytes, at, length } = this.#consume(header)
        this.#options.onPrelude?.(bytes.slice(at, at + length))
        this.#state = 'root'
        return
      }
      case 'root':
        return this.#entry(header)
      case 'child':
        if (type !== itemType.filename) throw this.#unexpected(header)
        this.#nameStart = this.#input.position
        this.#name = readName(this.#consume(header))
        this.#state = 'named'
        return
      case 'named':
        return type === itemType.hardlink ? this.#hardlink(this.#consume(header)) : this.#entry(header)
      case 'entry':
        if (this.#parser.attribute(header, this.#body(header))) {
          this.#consume(header)
          return
        }
        return this.#complete(header)
      case 'end':
        throw this.#unexpected(header)
    }
  }

  /**
   * Takes a GOODBYE. Its rows are for random access and are not looked at, only counted: a table that disagrees with
   * the number of entries means that some are missing.
   */
  async leave({ bodyBytes }: ItemHeader): Promise<void> {
    const input = this.#input
    const start = input.position
    const children = this.#children.pop() ?? 0
    if (bodyBytes !== (children + 1) * rowBytes) {
      throw corrupt('GOODBYE size', start + 8, `does not fit ${children} entries`)
    }
    await input.skip(headerBytes + children * rowBytes, 'GOODBYE')
    if (!(await input.fillOrEnd(rowBytes, 'GOODBYE tail'))) throw corrupt('GOODBYE tail', input.position, 'missing')
    const { view, at } = input
    const isTail =
      view.getUint32(at, true) === goodbyeTailMarker.low && view.getUint32(at + 4, true) === goodbyeTailMarker.high
    if (!isTail) throw corrupt('GOODBYE tail', input.position, 'has no marker')
    if (view.getBigUint64(at + 16, true) !== BigInt(headerBytes + bodyBytes)) {
      throw corrupt('GOODBYE tail size', input.position + 16, 'is not that of the table')
    }
    input.at += rowBytes
    this.#state = this.#children.length === 0 ? 'end' : 'child'
  }

  /** The stream has ended. */
  end(): void {
    if (this.#state !== 'end') throw corrupt('archive', this.#input.position, 'ends before the root directory does')
  }

  #version(body: RecordBody): undefined {
    const version = body.view.getBigUint64(body.at, true)
    if (version !== BigInt(formatVersion2)) throw corrupt('FORMAT_VERSION', body.offset, `unknown version ${version}`)
    this.#isSplit = true
    this.#state = 'versioned'
  }

  #entry(header: ItemHeader): undefined {
    const { type } = header
    if (type !== itemType.entry && type !== itemType.entryV1) throw this.#unexpected(header)
    const body = this.#consume(header)
    this.#stat = this.#parser.start(type, body)
    if (this.#state !== 'named') {
      if (this.#stat.kind !== 'directory') throw corrupt('ENTRY mode', body.offset, 'the root is not a directory')
      this.#nameStart = -1
    }
    this.#state = 'entry'
  }

  /** The attributes are over: the item is the entry's content, or not of this entry at all. */
  #complete(header: ItemHeader): PxarEntry {
    const name = this.#name
    const kind = this.#stat?.kind
    const metadata = this.#parser.metadata()
    switch (kind) {
      case 'directory':
        return this.#directory(header, { kind, name, metadata })
      case 'file':
        return this.#file(header, name)
      case 'symlink': {
        if (header.type !== itemType.symlink) throw this.#unexpected(header)
        const target = readSymlink(this.#consume(header))
        return this.#child({ kind, name, metadata, target })
      }
      case 'block-device':
      case 'char-device': {
        if (header.type !== itemType.device) throw this.#unexpected(header)
        return this.#child({ kind, name, metadata, ...readDevice(this.#consume(header)) })
      }
      case 'fifo':
      case 'socket':
        return this.#child({ kind, name, metadata })
      case undefined:
        throw this.#unexpected(header)
    }
  }

  #directory(header: ItemHeader, entry: PxarEntry): PxarEntry {
    if (this.#nameStart >= 0) this.#child(entry)
    else this.#contentStart = this.#input.position
    if (this.#children.length > maxDepth) throw corrupt('FILENAME', this.#nameStart, `deeper than ${maxDepth} folders`)
    if (header.type !== itemType.filename && header.type !== itemType.goodbye) throw this.#unexpected(header)
    this.#children.push(0)
    this.#state = 'child'
    return entry
  }

  #file(header: ItemHeader, name: Uint8Array): PxarEntry {
    const metadata = this.#parser.metadata()
    if (this.#isSplit) {
      if (header.type !== itemType.payloadRef) throw this.#unexpected(header)
      const { view, at, offset: itemOffset } = this.#consume(header)
      const payload = { offset: view.getBigUint64(at, true), sizeBytes: view.getBigUint64(at + 8, true) }
      // Strictly increasing and never into the one before: readers that go through the payload stream need it (§7.5).
      const least = this.#payloadEnd === 0n ? BigInt(headerBytes) : this.#payloadEnd
      if (payload.offset < least) throw corrupt('PAYLOAD_REF offset', itemOffset, 'is not behind the one before')
      this.#payloadEnd = payload.offset + BigInt(headerBytes) + payload.sizeBytes
      const { openPayload } = this.#options
      const open = (): FileContent | Promise<FileContent> => {
        if (openPayload !== undefined) return openPayload(payload)
        throw new HoldfastError('internal', { detail: 'The payload of a split archive was not given.' })
      }
      return this.#child({ kind: 'file', name, metadata, sizeBytes: payload.sizeBytes, payload, open })
    }
    if (header.type !== itemType.payload) throw this.#unexpected(header)
    this.#input.at += headerBytes
    const content = new InlineContent(this.#input, header.bodyBytes)
    this.#content = content
    return this.#child({ kind: 'file', name, metadata, sizeBytes: BigInt(header.bodyBytes), open: () => content })
  }

  #hardlink(body: RecordBody): PxarEntry {
    const { distance, target } = readHardlink(body)
    if (distance === 0n || distance > BigInt(this.#nameStart - this.#contentStart)) {
      throw corrupt('HARDLINK distance', body.offset, `${distance} does not lead to an earlier entry`)
    }
    return this.#child({ kind: 'hardlink', name: this.#name, target })
  }

  #child(entry: PxarEntry): PxarEntry {
    const innermost = this.#children.length - 1
    this.#children[innermost] = (this.#children[innermost] ?? 0) + 1
    this.#state = 'child'
    return entry
  }

  #body({ bodyBytes }: ItemHeader): RecordBody {
    const { bytes, view, at, position } = this.#input
    return { bytes, view, at: at + headerBytes, offset: position + headerBytes, length: bodyBytes }
  }

  #consume(header: ItemHeader): RecordBody {
    const body = this.#body(header)
    this.#input.at += headerBytes + header.bodyBytes
    return body
  }

  #unexpected({ type }: ItemHeader): Error {
    return corrupt(itemName(type), this.#input.position, `not possible here (${this.#state})`)
  }
}
