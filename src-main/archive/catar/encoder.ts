import { HoldfastError } from '../../../src-shared/errors.ts'
import { type ContentProblem, writeFileBody } from '../file-body.ts'
import type { NodeKind } from '../node-kind.ts'
import type { ByteSink } from '../random-access.ts'
import { StreamWriter } from '../stream-writer.ts'
import type { DeviceEntry, FileEntry, Metadata, TreeEntry } from '../tree.ts'
import { chooseAttributes, type NodeAttributes, writeAttributes } from './attribute-writer.ts'
import { type EntryStyle, isKindCarried, storedId } from './entry-record.ts'
import { featureFlag, featureProblem, uidFlags } from './feature-flags.ts'
import type { IdShift } from './id-shift.ts'
import { nameProblem, symlinkProblem } from './names.ts'
import { RecordWriter } from './record-writer.ts'
import { maxWrittenDepth, recordType, toSafeNumber } from './records.ts'

/** Undefined when there is nothing to wait for; only a sink that is slow, or a file that is read, makes a promise. */
export type Pending = void | Promise<void>

export interface CatarEncoderOptions {
  readonly output: ByteSink
  /** Which metadata is written and how fine, as `chooseFeatures` gives it. */
  readonly featureFlags: bigint
  readonly signal: AbortSignal
  readonly idShift?: IdShift | undefined
  /** The content did not have the size that was announced. `path` is from the root, without leading slash. */
  readonly onContentProblem?: ((path: Uint8Array, problem: ContentProblem) => void) | undefined
  /** The content of a file begins at `start` of the archive: told before any byte of it reaches the sink. */
  readonly onContent?: ((start: number, sizeBytes: number) => void) | undefined
  /** How much is gathered before the sink is called. */
  readonly blockBytes?: number | undefined
}

interface OpenDirectory {
  readonly name: Uint8Array
  readonly filenameStart: number
  readonly entryStart: number
  readonly firstRow: number
  lastName: Uint8Array | undefined
}

const itemsPerSettle = 16_384

/**
 * Writes a catar step by step (spec casync §10), byte for byte as casync does: the root first, with an empty name, a
 * `leave` for every directory, then `finish`. The children of a directory come in ascending order of their names as
 * bytes. Wait for what a call returns before the next one. When a call throws `file/unreadable` or `input/invalid`
 * nothing of its entry was written, and the archive goes on without it; after any other error the archive is broken.
 */
export class CatarEncoder {
  readonly #out: StreamWriter
  readonly #writer: RecordWriter
  readonly #options: CatarEncoderOptions
  readonly #style: EntryStyle
  readonly #directories: OpenDirectory[] = []
  #state: 'empty' | 'open' | 'complete' | 'finished' = 'empty'

  constructor(options: CatarEncoderOptions) {
    const { featureFlags, idShift } = options
    const problem = featureProblem(featureFlags)
    if (problem !== undefined) throw new HoldfastError('input/invalid', { detail: `Feature flags: ${problem}.` })
    if ((featureFlags & featureFlag.userNames) !== 0n && (featureFlags & uidFlags) === 0n) {
      // Root has no name in an archive, and a reader without numbers needs one for everybody (§10.4).
      throw new HoldfastError('input/invalid', { detail: 'Names of owners need their numbers beside them.' })
    }
    this.#options = options
    this.#style = { featureFlags, shift: idShift }
    this.#out = new StreamWriter(options.output, options.blockBytes)
    this.#writer = new RecordWriter(this.#out)
  }

  get featureFlags(): bigint {
    return this.#style.featureFlags
  }

  /** Where the next entry goes. */
  get position(): bigint {
    return BigInt(this.#out.position)
  }

  /** Any entry but a hard link, which the format does not have, nor a kind that the feature flags leave out. */
  add(entry: TreeEntry): Pending {
    this.#options.signal.throwIfAborted()
    switch (entry.kind) {
      case 'directory':
        return this.#enter(entry.name, entry.metadata)
      case 'leave':
        return this.#leave()
      case 'file':
        return this.#file(entry)
      case 'symlink':
        return this.#symlink(entry.name, entry.metadata, entry.target)
      case 'block-device':
      case 'char-device':
        return this.#device(entry)
      case 'fifo':
      case 'socket':
        return this.#finishEntry(entry.name, this.#putNode(entry.kind, entry.name, entry.metadata))
      case 'hardlink':
        throw invalid('a hard link')
    }
  }

  /**
   * A file whose content the sink has from elsewhere. Everything before the content reaches the sink, then `take` is
   * called, after which the sink stands behind the content.
   */
  async addFileByReference(file: FileEntry, take: () => Promise<void>): Promise<void> {
    this.#options.signal.throwIfAborted()
    const sizeBytes = toSafeNumber(file.sizeBytes, 'file size', this.#out.position)
    this.#checkName(file.name)
    const attributes = this.#check('file', file.metadata)
    const start = this.#out.position
    this.#putFile(file, attributes, sizeBytes)
    await this.#out.flush()
    await take()
    this.#out.skip(sizeBytes)
    return this.#finishEntry(file.name, start)
  }

  /** Everything so far reaches the sink. */
  async flush(): Promise<void> {
    await this.#out.flush()
  }

  /** Ends the archive after the root was left: everything has reached the sink when this is done. */
  async finish(): Promise<void> {
    if (this.#state !== 'complete') throw new TypeError('the root directory is not complete')
    this.#state = 'finished'
    await this.#out.flush()
  }

  #enter(name: Uint8Array, metadata: Metadata): Pending {
    const isRoot = this.#state === 'empty' && name.length === 0
    const attributes = this.#check('directory', metadata)
    const filenameStart = this.#out.position
    if (isRoot) this.#state = 'open'
    else this.#putName(name)
    const entryStart = this.#out.position
    this.#directories.push({ name, filenameStart, entryStart, firstRow: this.#writer.rows.count, lastName: undefined })
    this.#putEntry('directory', metadata, attributes)
    return this.#out.settle()
  }

  #leave(): Pending {
    const directory = this.#directories.pop()
    if (directory === undefined) throw new TypeError('there is no directory to leave')
    const count = this.#writer.rows.count - directory.firstRow
    if (count > itemsPerSettle) return this.#leaveLarge(directory, count)
    const order = this.#writer.rows.treeOrder(directory.firstRow)
    const { entryStart } = directory
    this.#writer.putTable({ start: this.#out.position, entryStart, order, from: 0, to: count })
    this.#close(directory)
    return this.#out.settle()
  }

  async #leaveLarge(directory: OpenDirectory, count: number): Promise<void> {
    const { entryStart, firstRow } = directory
    const start = this.#out.position
    const order = this.#writer.rows.treeOrder(firstRow)
    for (let from = 0; from < count; from += itemsPerSettle) {
      this.#options.signal.throwIfAborted()
      this.#writer.putTable({ start, entryStart, order, from, to: Math.min(count, from + itemsPerSettle) })
      const settled = this.#out.settle()
      if (settled !== undefined) await settled
    }
    this.#close(directory)
    await this.#out.settle()
  }

  #close(directory: OpenDirectory): void {
    this.#writer.rows.count = directory.firstRow
    if (this.#directories.length === 0) this.#state = 'complete'
    else this.#writer.pushRow(directory.name, directory.filenameStart, this.#out.position - directory.filenameStart)
  }

  /** Opens, reads and closes it. A `file/unreadable` of `open` comes before anything is written. */
  async #file(file: FileEntry): Promise<void> {
    const sizeBytes = toSafeNumber(file.sizeBytes, 'file size', this.#out.position)
    this.#checkName(file.name)
    const attributes = this.#check('file', file.metadata)
    const opened = file.open()
    const content = opened instanceof Promise ? await opened : opened
    const start = this.#out.position
    try {
      this.#putFile(file, attributes, sizeBytes)
    } catch (error) {
      await content.close()
      throw error
    }
    const problem = await writeFileBody(this.#out, content, sizeBytes, this.#options.signal)
    if (problem !== undefined) this.#options.onContentProblem?.(this.#pathOf(file.name), problem)
    return this.#finishEntry(file.name, start)
  }

  #putFile({ name, metadata }: FileEntry, attributes: NodeAttributes, sizeBytes: number): void {
    this.#putName(name)
    this.#putEntry('file', metadata, attributes)
    this.#writer.putHeader(recordType.payload, sizeBytes)
    this.#options.onContent?.(this.#out.position, sizeBytes)
  }

  #symlink(name: Uint8Array, metadata: Metadata, target: Uint8Array): Pending {
    const problem = symlinkProblem(target)
    if (problem !== undefined) throw invalid(`a symbolic link whose target is ${problem}`)
    const start = this.#putNode('symlink', name, metadata)
    this.#writer.putText(recordType.symlink, target)
    return this.#finishEntry(name, start)
  }

  #device({ kind, name, metadata, major, minor }: DeviceEntry): Pending {
    if (major >= 4096n || minor >= 1n << 20n) throw invalid(`the device number ${major}:${minor}`)
    const start = this.#putNode(kind, name, metadata)
    this.#writer.putNumbers(recordType.device, [major, minor])
    return this.#finishEntry(name, start)
  }

  /** FILENAME, ENTRY and attributes. */
  #putNode(kind: NodeKind, name: Uint8Array, metadata: Metadata): number {
    const attributes = this.#check(kind, metadata)
    const start = this.#out.position
    this.#putName(name)
    this.#putEntry(kind, metadata, attributes)
    return start
  }

  #finishEntry(name: Uint8Array, start: number): Pending {
    this.#writer.pushRow(name, start, this.#out.position - start)
    return this.#out.settle()
  }

  #check(kind: NodeKind, metadata: Metadata): NodeAttributes {
    if (!isKindCarried(kind, this.#style.featureFlags)) throw invalid(`a ${kind} with these features`)
    storedId(metadata.uid, this.#style)
    storedId(metadata.gid, this.#style)
    return chooseAttributes(kind, metadata, this.#style)
  }

  #putEntry(kind: NodeKind, metadata: Metadata, attributes: NodeAttributes): void {
    this.#writer.putEntry(kind, metadata, this.#style)
    writeAttributes(this.#writer, attributes)
  }

  #putName(name: Uint8Array): void {
    const directory = this.#checkName(name)
    directory.lastName = name
    this.#writer.putText(recordType.filename, name)
  }

  #checkName(name: Uint8Array): OpenDirectory {
    const directory = this.#directories.at(-1)
    if (directory === undefined) throw new TypeError('an entry outside of the root directory')
    if (this.#directories.length >= maxWrittenDepth)
      throw invalid(`an entry in more than ${maxWrittenDepth - 1} folders`)
    const problem = nameProblem(name)
    if (problem !== undefined) throw invalid(`a file name that is ${problem}`)
    const { lastName } = directory
    if (lastName !== undefined && Buffer.compare(lastName, name) >= 0) {
      throw new TypeError('the names of a directory must come in ascending order')
    }
    return directory
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

function invalid(what: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail: `The archive format cannot hold ${what}.` })
}
