import { HoldfastError } from '../../../src-shared/errors.ts'
import { type ContentProblem, writeFileBody } from '../file-body.ts'
import type { NodeKind } from '../node-kind.ts'
import type { ByteSink } from '../random-access.ts'
import type { DeviceEntry, FileContent, FileEntry, Metadata, TreeEntry } from '../tree.ts'
import { checkAttributes } from './attributes.ts'
import { EntryWriter } from './entry-writer.ts'
import { ItemWriter } from './item-writer.ts'
import { formatVersion2, itemType, maxDepth, maxPreludeBytes, maxTargetBytes, toSafeNumber } from './items.ts'
import { nameProblem, symlinkProblem } from './names.ts'
import type { PayloadRef } from './payload-ref.ts'

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
 * `leaveDirectory` for every directory, then `finish`. Wait for what a call returns before the next one. When a call throws
 * `file/unreadable` or `input/invalid` nothing of its entry was written, and the archive goes on without it; after any
 * other error the archive is broken: give it up.
 */
export class PxarEncoder {
  readonly #out: ItemWriter
  readonly #payload: ItemWriter | undefined
  readonly #options: PxarEncoderOptions
  readonly #directories: OpenDirectory[] = []
  readonly #writer: EntryWriter
  /** FILENAME positions of files that may be linked to, by path as latin1. */
  readonly #linkTargets = new Map<string, number>()
  #state: 'empty' | 'open' | 'complete' | 'finished' = 'empty'

  constructor(options: PxarEncoderOptions) {
    this.#options = options
    this.#out = new ItemWriter(options.output, options.blockBytes)
    this.#writer = new EntryWriter(this.#out)
    if (options.payload === undefined) {
      if (options.prelude !== undefined) throw new TypeError('only a split archive has a prelude')
      return
    }
    this.#payload = new ItemWriter(options.payload, options.blockBytes)
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

  /** Any entry as it comes out of a source. May throw `file/unreadable`. */
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
    checkAttributes(metadata)
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
      firstRow: this.#writer.rows.count,
    })
    this.#writer.putEntry('directory', metadata)
    return this.#out.settle()
  }

  leaveDirectory(): Pending {
    const directory = this.#directories.pop()
    if (directory === undefined) throw new TypeError('there is no directory to leave')
    const count = this.#writer.rows.count - directory.firstRow
    if (count > rowsPerSettle) return this.#leaveLarge(directory, count)
    const order = this.#writer.rows.treeOrder(directory.firstRow)
    this.#writer.putTable({ ...this.#placeOf(directory), order, from: 0, to: count })
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
    let content: FileContent
    try {
      this.#checkName(file.name)
      checkAttributes(file.metadata)
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
        this.#writer.putRef({ offset, sizeBytes: file.sizeBytes })
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
    this.#writer.pushRow(file.name, filenameStart, this.#out.position - filenameStart + elsewhere)
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
    checkAttributes(file.metadata)
    const filenameStart = this.#out.position
    this.#putFileHead(file, filenameStart)
    this.#writer.putRef(ref)
    this.#writer.pushRow(file.name, filenameStart, this.#out.position - filenameStart)
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
    this.#writer.putText(itemType.symlink, target)
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
    this.#writer.putHardlink(start - targetStart, target)
    return this.#finishEntry(name, start)
  }

  addDevice(device: DeviceEntry): Pending {
    const start = this.#putNamed(device.name, device.kind, device.metadata)
    this.#writer.putDevice(device.major, device.minor)
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
    const place = this.#placeOf(directory)
    const order = this.#writer.rows.treeOrder(directory.firstRow)
    for (let from = 0; from < count; from += rowsPerSettle) {
      this.#options.signal.throwIfAborted()
      this.#writer.putTable({ ...place, order, from, to: Math.min(count, from + rowsPerSettle) })
      const settled = this.#out.settle()
      if (settled !== undefined) await settled
    }
    this.#close(directory)
    await this.#out.settle()
  }

  /** Of its table, which begins here. That of the root counts from the beginning: FORMAT_VERSION and PRELUDE are in it. */
  #placeOf(directory: OpenDirectory): { readonly start: number; readonly directoryStart: number } {
    const isRoot = this.#directories.length === 0
    return { start: this.#out.position, directoryStart: isRoot ? 0 : directory.entryStart }
  }

  #close(directory: OpenDirectory): void {
    this.#writer.rows.count = directory.firstRow
    if (this.#directories.length === 0) this.#state = 'complete'
    else this.#writer.pushRow(directory.name, directory.filenameStart, this.#out.position - directory.filenameStart)
  }

  #putNamed(name: Uint8Array, kind: NodeKind, metadata: Metadata): number {
    checkAttributes(metadata)
    const start = this.#out.position
    this.#putName(name)
    this.#writer.putEntry(kind, metadata)
    return start
  }

  #finishEntry(name: Uint8Array, start: number): Pending {
    this.#writer.pushRow(name, start, this.#out.position - start)
    return this.#out.settle()
  }

  #putFileHead(file: FileHead, filenameStart: number): void {
    this.#putName(file.name)
    this.#writer.putEntry('file', file.metadata)
    this.#rememberTarget(file, filenameStart)
  }

  #putName(name: Uint8Array): void {
    this.#checkName(name)
    this.#writer.putText(itemType.filename, name)
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

  #splitPayload(): ItemWriter {
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
