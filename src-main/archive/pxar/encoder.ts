import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ByteSink } from '../random-access.ts'
import type { DeviceEntry, FileContent, FileEntry, Metadata, TreeEntry } from '../tree.ts'
import { writeAttributes } from './attributes.ts'
import { type ContentProblem, writeFileBody } from './file-body.ts'
import { GoodbyeRows, rowBytes } from './goodbye.ts'
import {
  formatVersion2,
  goodbyeTailMarker,
  headerBytes,
  type ItemType,
  itemType,
  maxDepth,
  maxPreludeBytes,
  maxTargetBytes,
  toSafeNumber,
} from './items.ts'
import { nameProblem, symlinkProblem } from './names.ts'
import type { PayloadRef } from './payload-ref.ts'
import { goodbyeHash } from './siphash.ts'
import { entryItemBytes, type StatKind, statBytes, writeStat } from './stat.ts'
import { StreamWriter } from './stream-writer.ts'

/** Undefined when there is nothing to wait for; only a sink that is slow, or a file that is read, makes a promise. */
export type Pending = void | Promise<void>

export interface PxarEncoderOptions {
  /** Takes the archive, or the metadata stream of a split one. */
  readonly output: ByteSink
  /** Takes the payload stream; giving it makes a split archive (version 2). */
  readonly payload?: ByteSink | undefined
  /** Opaque bytes for a PRELUDE item; only for split archives (spec pbs §7.5). */
  readonly prelude?: Uint8Array | undefined
  readonly signal: AbortSignal
  /** Called before each regular file that is written, with the position of its PAYLOAD header in the payload stream. */
  readonly onPayloadBoundary?: ((offset: bigint) => void) | undefined
  /** The content did not have the size that was announced. `path` is from the root, without leading slash. */
  readonly onContentProblem?: ((path: Uint8Array, problem: ContentProblem) => void) | undefined
  /** How much is gathered before a sink is called. */
  readonly blockBytes?: number | undefined
}

interface OpenDirectory {
  readonly name: Uint8Array
  readonly filenameStart: number
  readonly entryStart: number
  readonly firstRow: number
}

/** What of a file goes into the metadata stream. */
export type FileHead = Pick<FileEntry, 'name' | 'metadata' | 'linkCount'>

/** Link target that was left out because it could not be read. */
const leftOut = -1

const rowsPerSettle = 16_384

/**
 * Writes a pxar archive step by step (spec pbs §7): the root with `enterDirectory(empty name, …)`, its entries, a
 * `leaveDirectory` for every directory, then `finish`. Wait for what a call returns before the next one. After an error
 * other than `file/unreadable` the archive is broken: give it up.
 */
export class PxarEncoder {
  readonly #out: StreamWriter
  readonly #payload: StreamWriter | undefined
  readonly #options: PxarEncoderOptions
  readonly #directories: OpenDirectory[] = []
  readonly #rows = new GoodbyeRows()
  readonly #hash = new Uint32Array(2)
  /** FILENAME positions of files that may be linked to, by path as latin1. */
  readonly #linkTargets = new Map<string, number>()
  /** Where the last payload began: references must increase (§7.5). */
  #lastPayload = 0n
  #state: 'empty' | 'open' | 'complete' | 'finished' = 'empty'

  constructor(options: PxarEncoderOptions) {
    this.#options = options
    this.#out = new StreamWriter(options.output, options.blockBytes)
    if (options.payload === undefined) {
      if (options.prelude !== undefined) throw new TypeError('only a split archive has a prelude')
      return
    }
    this.#payload = new StreamWriter(options.payload, options.blockBytes)
    this.#payload.putHeader(itemType.payloadStartMarker, 0)
    this.#out.putHeader(itemType.formatVersion, 8)
    this.#out.putU64(formatVersion2)
    if (options.prelude === undefined) return
    if (options.prelude.length > maxPreludeBytes) throw invalid('The prelude is too long.')
    this.#out.putHeader(itemType.prelude, options.prelude.length)
    this.#out.putBytes(options.prelude)
  }

  /** Where the next entry goes in the archive or metadata stream. */
  get position(): bigint {
    return BigInt(this.#out.position)
  }

  /** Where the next PAYLOAD header goes in the payload stream, injected bytes included. */
  get payloadPosition(): bigint {
    return BigInt(this.#splitPayload().position)
  }

  /** Any entry as it comes out of a source. Throws `file/unreadable`, with nothing written, when a file is to be skipped. */
  add(entry: TreeEntry): Pending {
    switch (entry.kind) {
      case 'directory':
        return this.enterDirectory(entry.name, entry.metadata)
      case 'leave':
        return this.leaveDirectory()
      case 'file':
        return this.addFile(entry)
      case 'symlink':
        return this.addSymlink(entry.name, entry.metadata, entry.target)
      case 'hardlink':
        return this.addHardlink(entry.name, entry.target)
      case 'block-device':
      case 'char-device':
        return this.addDevice(entry)
      default:
        return this.addSpecial(entry.kind, entry.name, entry.metadata)
    }
  }

  enterDirectory(name: Uint8Array, metadata: Metadata): Pending {
    this.#options.signal.throwIfAborted()
    const filenameStart = this.#out.position
    if (this.#state === 'empty' && name.length === 0) this.#state = 'open'
    else {
      if (this.#directories.length >= maxDepth) throw invalid(`Folders are nested more than ${maxDepth} deep.`)
      this.#putName(name)
    }
    this.#directories.push({
      name,
      filenameStart,
      entryStart: this.#out.position,
      firstRow: this.#rows.count,
    })
    this.#putEntry('directory', metadata)
    return this.#out.settle()
  }

  leaveDirectory(): Pending {
    const directory = this.#directories.pop()
    if (directory === undefined) throw new TypeError('there is no directory to leave')
    const count = this.#rows.count - directory.firstRow
    if (count > rowsPerSettle) return this.#leaveLarge(directory, count)
    this.#putTable(directory, this.#out.position, this.#rows.treeOrder(directory.firstRow), 0, count)
    this.#close(directory)
    return this.#out.settle()
  }

  /**
   * A regular file with its content: into the archive, or into the payload stream of a split one. Opens, reads and
   * closes it. Throws `file/unreadable` from `open` before anything is written.
   */
  async addFile(file: FileEntry): Promise<void> {
    this.#options.signal.throwIfAborted()
    const sizeBytes = toSafeNumber(file.sizeBytes, 'file size', this.#out.position)
    this.#checkName(file.name)
    let content: FileContent
    try {
      const opened = file.open()
      content = opened instanceof Promise ? await opened : opened
    } catch (error) {
      this.#rememberTarget(file, leftOut)
      throw error
    }
    const target = this.#payload ?? this.#out
    const filenameStart = this.#out.position
    try {
      this.#putFileHead(file, filenameStart)
      if (this.#payload !== undefined) {
        const offset = BigInt(this.#payload.position)
        this.#putRef({ offset, sizeBytes: file.sizeBytes })
        this.#options.onPayloadBoundary?.(offset)
      }
      target.putHeader(itemType.payload, sizeBytes)
    } catch (error) {
      const closed = content.close()
      if (closed !== undefined) await closed
      throw error
    }
    const problem = await writeFileBody(target, content, sizeBytes, this.#options.signal)
    if (problem !== undefined) this.#options.onContentProblem?.(this.#pathOf(file.name), problem)
    // The row of a newly written file counts its content, though that is in the other stream (§7.5, golden archive).
    const elsewhere = this.#payload === undefined ? 0 : sizeBytes
    this.#pushRow(file.name, filenameStart, this.#out.position - filenameStart + elsewhere)
    const settled = this.#payload?.settle()
    if (settled !== undefined) await settled
    return this.#out.settle()
  }

  /**
   * A regular file whose PAYLOAD item is, or will be injected, at `ref.offset` of this archive's payload stream. Split
   * archives only; offsets increase over all files of the archive.
   */
  addFileByReference(file: FileHead, ref: PayloadRef): Pending {
    this.#splitPayload()
    this.#checkName(file.name)
    const filenameStart = this.#out.position
    this.#putFileHead(file, filenameStart)
    this.#putRef(ref)
    this.#pushRow(file.name, filenameStart, this.#out.position - filenameStart)
    return this.#out.settle()
  }

  /** Hands what was gathered of the payload stream to its sink, so that the sink stands at `payloadPosition`. */
  flushPayload(): Pending {
    return this.#splitPayload().flush()
  }

  /** Somebody else puts `bytes` into the payload stream here (injected chunks). Flushes first. */
  advancePayload(bytes: bigint): Pending {
    const payload = this.#splitPayload()
    const count =
      toSafeNumber(BigInt(payload.position) + bytes, 'payload position', payload.position) - payload.position
    const flushed = payload.flush()
    payload.skip(count)
    return flushed
  }

  addSymlink(name: Uint8Array, metadata: Metadata, target: Uint8Array): Pending {
    const problem = symlinkProblem(target)
    if (problem !== undefined) throw invalid(`The target of a symbolic link is ${problem}: ${printable(target)}`)
    const start = this.#putNamed(name, 'symlink', metadata)
    this.#putText(itemType.symlink, target)
    return this.#finishEntry(name, start)
  }

  /**
   * Another name of a file that was added before, by its path from the root. That file's `linkCount` must not have been
   * given as 1. Throws `file/unreadable`, with nothing written, when that file was.
   */
  addHardlink(name: Uint8Array, target: Uint8Array): Pending {
    this.#checkName(name)
    const targetStart = this.#linkTargets.get(pathKey(target))
    if (targetStart === leftOut) throw new HoldfastError('file/unreadable', { detail: printable(target) })
    if (targetStart === undefined) throw invalid(`No file was added as the target of a hard link: ${printable(target)}`)
    if (target.length > maxTargetBytes) throw invalid(`The target of a hard link is too long: ${printable(target)}`)
    const start = this.#out.position
    this.#putName(name)
    this.#out.putHeader(itemType.hardlink, 8 + target.length + 1)
    this.#out.putU64(start - targetStart)
    this.#out.putBytes(target)
    this.#out.putByte(0)
    return this.#finishEntry(name, start)
  }

  addDevice(device: DeviceEntry): Pending {
    const start = this.#putNamed(device.name, device.kind, device.metadata)
    this.#out.putHeader(itemType.device, 16)
    this.#out.putBigU64(device.major)
    this.#out.putBigU64(device.minor)
    return this.#finishEntry(device.name, start)
  }

  addSpecial(kind: 'fifo' | 'socket', name: Uint8Array, metadata: Metadata): Pending {
    return this.#finishEntry(name, this.#putNamed(name, kind, metadata))
  }

  /** Ends the archive after the root was left: everything has reached the sinks when this is done. */
  async finish(): Promise<void> {
    if (this.#state !== 'complete') throw new TypeError('the root directory is not complete')
    this.#state = 'finished'
    await this.#out.flush()
    this.#payload?.putHeader(itemType.payloadTailMarker, 0)
    await this.#payload?.flush()
  }

  async #leaveLarge(directory: OpenDirectory, count: number): Promise<void> {
    const start = this.#out.position
    const order = this.#rows.treeOrder(directory.firstRow)
    for (let from = 0; from < count; from += rowsPerSettle) {
      this.#options.signal.throwIfAborted()
      this.#putTable(directory, start, order, from, Math.min(count, from + rowsPerSettle))
      const settled = this.#out.settle()
      if (settled !== undefined) await settled
    }
    this.#close(directory)
    await this.#out.settle()
  }

  /** Part of a GOODBYE that begins at `start`: with the header before row 0, with the tail after the last row. */
  #putTable(directory: OpenDirectory, start: number, order: Uint32Array, from: number, to: number): void {
    const out = this.#out
    const rows = this.#rows
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
    // That of a split archive's root counts from the beginning of the stream: FORMAT_VERSION and PRELUDE are in it.
    out.putU64(start - (this.#directories.length === 0 ? 0 : directory.entryStart))
    out.putU64(headerBytes + tableBytes)
  }

  #close(directory: OpenDirectory): void {
    this.#rows.count = directory.firstRow
    if (this.#directories.length === 0) this.#state = 'complete'
    else this.#pushRow(directory.name, directory.filenameStart, this.#out.position - directory.filenameStart)
  }

  #putNamed(name: Uint8Array, kind: StatKind, metadata: Metadata): number {
    const start = this.#out.position
    this.#putName(name)
    this.#putEntry(kind, metadata)
    return start
  }

  #finishEntry(name: Uint8Array, start: number): Pending {
    this.#pushRow(name, start, this.#out.position - start)
    return this.#out.settle()
  }

  #putFileHead(file: FileHead, filenameStart: number): void {
    this.#putName(file.name)
    this.#putEntry('file', file.metadata)
    this.#rememberTarget(file, filenameStart)
  }

  #putRef({ offset, sizeBytes }: PayloadRef): void {
    if (offset <= this.#lastPayload) throw new TypeError('payload offsets must increase')
    this.#lastPayload = offset
    this.#out.putHeader(itemType.payloadRef, 16)
    this.#out.putBigU64(offset)
    this.#out.putBigU64(sizeBytes)
  }

  #putName(name: Uint8Array): void {
    this.#checkName(name)
    this.#putText(itemType.filename, name)
  }

  #putText(type: ItemType, text: Uint8Array): void {
    this.#out.putHeader(type, text.length + 1)
    this.#out.putBytes(text)
    this.#out.putByte(0)
  }

  #putEntry(kind: StatKind, metadata: Metadata): void {
    this.#out.putHeader(itemType.entry, entryItemBytes - headerBytes)
    this.#out.putWith(statBytes, (view, at) => writeStat(view, at, kind, metadata))
    writeAttributes(this.#out, metadata)
  }

  #pushRow(name: Uint8Array, start: number, sizeBytes: number): void {
    goodbyeHash(name, this.#hash)
    this.#rows.push(this.#hash, start, sizeBytes)
  }

  #rememberTarget(file: FileHead, start: number): void {
    if (file.linkCount === 1) return
    this.#linkTargets.set(pathKey(this.#pathOf(file.name)), start)
  }

  #checkName(name: Uint8Array): void {
    if (this.#directories.length === 0) throw new TypeError('an entry outside of the root directory')
    const problem = nameProblem(name)
    if (problem !== undefined) throw invalid(`A file name is not possible (${problem}): ${printable(name)}`)
  }

  #splitPayload(): StreamWriter {
    if (this.#payload === undefined) throw new TypeError('this archive has no payload stream')
    return this.#payload
  }

  /** The path of an entry in the innermost directory, from the root. */
  #pathOf(name: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = []
    for (const directory of this.#directories) {
      if (directory.name.length > 0) parts.push(directory.name, separator)
    }
    return Buffer.concat([...parts, name])
  }
}

const separator = Uint8Array.of(0x2f)

function pathKey(path: Uint8Array): string {
  return Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1')
}

function printable(name: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(name))
}

function invalid(detail: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail })
}
