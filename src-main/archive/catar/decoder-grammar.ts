import type { ByteWindow } from '../byte-window.ts'
import { InlineContent } from '../inline-content.ts'
import type { RecordBody } from '../record-body.ts'
import type { FileContent } from '../tree.ts'
import type { CatarEntry } from './catar-entry.ts'
import { EntryParser, readDevice, readName, readSymlink } from './entry-parser.ts'
import type { EntryRecord } from './entry-record.ts'
import { readGoodbyeTail } from './goodbye-tail.ts'
import { corrupt, headerBytes, itemBytes, maxReadDepth, type RecordHeader, recordName, recordType } from './records.ts'

type State =
  /** The root's ENTRY. */
  | 'start'
  /** FILENAME or GOODBYE. */
  | 'child'
  /** ENTRY. */
  | 'named'
  /** Attributes, then content. */
  | 'entry'
  /** Nothing. */
  | 'end'

interface OpenDirectory {
  readonly entryStart: number
  children: number
  /** Of the child before. */
  lastName: Uint8Array | undefined
}

export interface GrammarOptions {
  /** What the index says; an archive with other flags is refused. */
  readonly featureFlags?: bigint | undefined
  /** Called before the first entry: which metadata the archive has, and how fine. */
  readonly onFeatureFlags?: ((flags: bigint) => unknown) | undefined
  /**
   * The stream leaves the contents of files out, each right behind the header of its PAYLOAD; who opens a file gets the
   * content from here, by its place in the whole archive.
   */
  readonly openContent?: ((start: number, sizeBytes: number) => FileContent | Promise<FileContent>) | undefined
}

/** The grammar of spec casync §10.1. Looks at one record at a time, which is in the window as far as it is not streamed. */
export class DecoderGrammar {
  readonly #input: ByteWindow
  readonly #options: GrammarOptions
  readonly #parser: EntryParser
  readonly #directories: OpenDirectory[] = []
  #state: State = 'start'
  #name: Uint8Array = new Uint8Array(0)
  #nameStart = 0
  #entryStart = 0
  #entry: EntryRecord | undefined
  #content: InlineContent | undefined
  #leftOutBytes = 0

  constructor(input: ByteWindow, options: GrammarOptions) {
    this.#input = input
    this.#options = options
    this.#parser = new EntryParser(options.featureFlags)
  }

  get mayLeave(): boolean {
    return this.#state === 'child'
  }

  /** The root was left. What follows is not the archive's. */
  get hasEnded(): boolean {
    return this.#state === 'end'
  }

  get unreadBytes(): number {
    return this.#content?.leftBytes ?? 0
  }

  async skipContent(): Promise<void> {
    const content = this.#content
    this.#content = undefined
    await content?.skip()
  }

  /** Takes a record and returns the entry that it completes. A record that belongs to the next entry stays. */
  take(header: RecordHeader): CatarEntry | undefined {
    this.#content = undefined
    switch (this.#state) {
      case 'start':
      case 'named':
        this.#startEntry(header)
        return
      case 'child':
        if (header.type !== recordType.filename) throw this.#unexpected(header)
        this.#startChild(header)
        return
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
   * Takes a GOODBYE. Its items are for seeking and are not looked at, only counted: a table that disagrees with the
   * number of children means that some are missing.
   */
  async leave({ bodyBytes }: RecordHeader): Promise<void> {
    const input = this.#input
    const start = input.position
    const directory = this.#directories.pop()
    if (directory === undefined) throw corrupt('GOODBYE', start, 'no directory is open')
    const { children, entryStart } = directory
    if (bodyBytes !== (children + 1) * itemBytes)
      throw corrupt('GOODBYE size', start, `does not fit ${children} entries`)
    await input.skip(headerBytes + children * itemBytes, 'GOODBYE')
    if (input.available < itemBytes) await input.fill(itemBytes, 'GOODBYE tail')
    const tail = readGoodbyeTail(input.view, input.at, input.position)
    if (tail.entryDistance !== BigInt(start - entryStart)) {
      throw corrupt('GOODBYE tail offset', input.position, `${tail.entryDistance} does not lead to the directory`)
    }
    if (tail.sizeBytes !== BigInt(headerBytes + bodyBytes)) {
      throw corrupt('GOODBYE tail size', input.position + 8, 'is not that of the table')
    }
    input.at += itemBytes
    this.#state = this.#directories.length === 0 ? 'end' : 'child'
  }

  #startChild(header: RecordHeader): void {
    this.#nameStart = this.#input.position
    const name = readName(this.#consume(header))
    const directory = this.#directories.at(-1)
    if (directory !== undefined) {
      const { lastName } = directory
      // Unsorted or doubled names: casync extracts such an archive and deletes what it did not expect (§15).
      if (lastName !== undefined && Buffer.compare(lastName, name) >= 0) {
        throw corrupt('FILENAME', this.#nameStart, 'does not come after the one before')
      }
      directory.lastName = name
      directory.children++
    }
    this.#name = name
    this.#state = 'named'
  }

  #startEntry(header: RecordHeader): void {
    if (header.type !== recordType.entry) throw this.#unexpected(header)
    const isRoot = this.#state === 'start'
    this.#entryStart = this.#input.position
    this.#entry = this.#parser.start(this.#consume(header))
    if (isRoot) {
      if (this.#entry.kind !== 'directory') {
        throw corrupt('ENTRY mode', this.#entryStart + headerBytes + 8, 'the root is not a directory')
      }
      this.#options.onFeatureFlags?.(this.#entry.featureFlags)
    }
    this.#state = 'entry'
  }

  /** The attributes are over: the record is the node's content, or not of this node at all. */
  #complete(header: RecordHeader): CatarEntry {
    const name = this.#name
    const kind = this.#entry?.kind
    const metadata = this.#parser.metadata()
    this.#state = 'child'
    switch (kind) {
      case 'directory':
        if (this.#directories.length >= maxReadDepth) {
          throw corrupt('FILENAME', this.#nameStart, `deeper than ${maxReadDepth} folders`)
        }
        if (header.type !== recordType.filename && header.type !== recordType.goodbye) throw this.#unexpected(header)
        this.#directories.push({ entryStart: this.#entryStart, children: 0, lastName: undefined })
        return { kind, name, metadata }
      case 'file': {
        if (header.type !== recordType.payload) throw this.#unexpected(header)
        this.#input.at += headerBytes
        const file = { kind, name, metadata, sizeBytes: BigInt(header.bodyBytes), ...this.#place() }
        const { openContent } = this.#options
        if (openContent !== undefined) {
          this.#leaveOut(header.bodyBytes)
          return { ...file, open: () => openContent(file.contentStart, header.bodyBytes) }
        }
        const content = new InlineContent(this.#input, header.bodyBytes)
        this.#content = content
        return { ...file, open: () => content }
      }
      case 'symlink':
        if (header.type !== recordType.symlink) throw this.#unexpected(header)
        return { kind, name, metadata, target: readSymlink(this.#consume(header)) }
      case 'block-device':
      case 'char-device':
        if (header.type !== recordType.device) throw this.#unexpected(header)
        return { kind, name, metadata, ...readDevice(this.#consume(header)) }
      case 'fifo':
      case 'socket':
        return { kind, name, metadata }
      case undefined:
        throw this.#unexpected(header)
    }
  }

  /** Where the window stands: in the archive, and in the stream that may leave contents out. */
  #place(): { readonly contentStart: number; readonly streamStart: number } {
    const contentStart = this.#input.position
    return { contentStart, streamStart: contentStart - this.#leftOutBytes }
  }

  #leaveOut(bytes: number): void {
    if (this.#input.position + bytes > Number.MAX_SAFE_INTEGER) {
      throw corrupt('PAYLOAD size', this.#input.position - headerBytes, 'the archive is longer than can be counted')
    }
    this.#leftOutBytes += bytes
    this.#input.pass(bytes)
  }

  #body({ bodyBytes }: RecordHeader): RecordBody {
    const { bytes, view, at, position } = this.#input
    return { bytes, view, at: at + headerBytes, offset: position + headerBytes, length: bodyBytes }
  }

  #consume(header: RecordHeader): RecordBody {
    const body = this.#body(header)
    this.#input.at += headerBytes + header.bodyBytes
    return body
  }

  #unexpected({ type }: RecordHeader): Error {
    return corrupt(recordName(type), this.#input.position, `not possible here (${this.#state})`)
  }
}
