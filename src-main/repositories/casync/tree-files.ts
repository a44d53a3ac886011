import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { CatarEntry, CatarFileEntry } from '../../archive/catar/catar-entry.ts'
import type { CatarEncoder } from '../../archive/catar/encoder.ts'
import { storedMetadata } from '../../archive/catar/stored-metadata.ts'
import type { ContentProblem } from '../../archive/file-body.ts'
import type { NodeKind } from '../../archive/node-kind.ts'
import type { FileContent, FileEntry, Metadata } from '../../archive/tree.ts'
import { countedFile } from '../pxar-snapshot/counted-file.ts'
import { PreviousTree } from '../pxar-snapshot/previous-tree.ts'
import { isSameEntry, isSameMetadata } from '../pxar-snapshot/same-metadata.ts'
import type {
  DirectoryEntry,
  FileOutcome,
  FileWriter,
  OtherEntry,
  Outcome,
  TreeEncoder,
} from '../pxar-snapshot/tree-writer.ts'
import type { WriteObserver } from '../repository.ts'
import type { ContinuedStream } from './continued-stream.ts'
import type { LinkedFile, LinkedFiles } from './linked-files.ts'
import { lossesOf } from './metadata-losses.ts'

export interface TreeFilesOptions {
  readonly encoder: CatarEncoder
  readonly stream: ContinuedStream
  readonly links: LinkedFiles
  readonly previous: AsyncIterable<CatarEntry> | undefined
  /** The content of a file that was written before. */
  readBack(file: LinkedFile): FileContent
  readonly observer: WriteObserver
  readonly signal: AbortSignal
}

/**
 * Writes the entries of a tree into a catar. A file that the previous archive has with the same metadata and size is not
 * read. Hard links become files of their own, as casync has it.
 */
export class TreeFiles implements FileWriter {
  /** What `writeTree` writes to. */
  readonly encoder: TreeEncoder
  /** Tells `observer` on, and knows which entry it is about. */
  readonly observer: WriteObserver
  readonly #options: TreeFilesOptions
  readonly #tree: PreviousTree<CatarEntry> | undefined
  #path = ''
  /** The file that is being written, if it may get further names. */
  #linkable: FileEntry | undefined
  #problem: ContentProblem | undefined
  #linkOutcome: Outcome = 'stored'

  constructor(options: TreeFilesOptions) {
    this.#options = options
    const { encoder, observer, previous, signal } = options
    const ignored = { gone() {}, broken() {} }
    this.#tree = previous && new PreviousTree(previous, ignored, signal)
    this.observer = {
      ...boundObserver(observer),
      entry: (path, sizeBytes) => {
        this.#path = path
        observer.entry(path, sizeBytes)
      },
    }
    this.encoder = {
      enterDirectory: (name, metadata) => this.#named(() => encoder.add({ kind: 'directory', name, metadata })),
      leaveDirectory: () => encoder.add({ kind: 'leave' }),
      add: (entry) => this.#named(() => encoder.add(entry)),
      addHardlink: (name, target) => this.#addLink(name, target),
    }
  }

  /** For the encoder's options. */
  noteContent(start: number): void {
    const file = this.#linkable
    this.#linkable = undefined
    // Before its first chunk is cut.
    if (file !== undefined) this.#options.links.remember(this.#path, { ...linkedFacts(file), start })
  }

  noteProblem(problem: ContentProblem): void {
    this.#problem = problem
  }

  async enterDirectory(entry: DirectoryEntry): Promise<Outcome> {
    const before = await this.#tree?.enter(entry.name)
    const metadata = this.#stored('directory', entry.metadata)
    return isSameEntry({ ...entry, metadata }, before) ? 'unchanged' : 'stored'
  }

  async leaveDirectory(): Promise<void> {
    await this.#tree?.leave()
  }

  async added(entry: OtherEntry): Promise<Outcome> {
    if (entry.kind === 'hardlink') return this.#linkOutcome
    const metadata = this.#stored(entry.kind, entry.metadata)
    return isSameEntry({ ...entry, metadata }, await this.#tree?.findLeaf(entry.name)) ? 'unchanged' : 'stored'
  }

  async writeFile(file: FileEntry): Promise<FileOutcome> {
    const { observer } = this.#options
    const metadata = this.#stored('file', file.metadata)
    const before = await this.#tree?.findLeaf(file.name)
    this.#linkable = file.linkCount === 1 ? undefined : file
    const isTaken = await this.#takeOver(file, metadata, before)
    if (isTaken) observer.bytes(Number(file.sizeBytes))
    else await this.#add(countedFile(file, (count) => observer.bytes(count)))
    return isTaken ? { outcome: 'unchanged' } : { outcome: 'stored', problem: this.#problem }
  }

  async close(): Promise<void> {
    await this.#tree?.close()
  }

  async #addLink(name: Uint8Array, target: Uint8Array): Promise<void> {
    const linked = this.#options.links.find(bytesToPathText(target))
    if (linked === undefined) {
      throw new HoldfastError('input/invalid', {
        detail: `${this.#path} is another name of ${bytesToPathText(target)}, which is not in this archive.`,
      })
    }
    const { metadata, sizeBytes } = linked
    const file: FileEntry = {
      kind: 'file',
      name,
      metadata,
      sizeBytes,
      open: async () => {
        await this.#options.stream.settle()
        return this.#options.readBack(linked)
      },
    }
    const before = await this.#tree?.findLeaf(name)
    this.#linkable = undefined
    const isTaken = await this.#takeOver(file, this.#stored('file', metadata), before)
    this.#linkOutcome = isTaken ? 'unchanged' : 'stored'
    if (isTaken) return
    // The content it has in common with the first name may still wait to be handed over.
    await this.#options.encoder.flush()
    await this.#add(file)
  }

  async #add(file: FileEntry): Promise<void> {
    this.#problem = undefined
    await this.#named(() => this.#options.encoder.add(file))
  }

  /** Whether the content comes out of the previous archive, unread. */
  async #takeOver(file: FileEntry, metadata: Metadata, before: CatarEntry | undefined): Promise<boolean> {
    const { encoder, stream } = this.#options
    if (before?.kind !== 'file' || !isSameFile(file, metadata, before)) return false
    const { contentStart, streamStart } = before
    const sizeBytes = Number(file.sizeBytes) // of `before`, which is inside a stream that was counted
    if (!stream.hasOld(contentStart, sizeBytes)) return false
    await this.#named(() => encoder.addFileByReference(file, () => stream.take(contentStart, streamStart, sizeBytes)))
    return true
  }

  /** As it will come back. What the format does not carry is told. */
  #stored(kind: NodeKind, metadata: Metadata): Metadata {
    const { encoder, observer } = this.#options
    const stored = this.#named(() =>
      storedMetadata(kind, metadata, { featureFlags: encoder.featureFlags, shift: undefined }),
    )
    for (const loss of lossesOf(metadata, stored)) observer.entryFailed(this.#path, loss, true)
    return stored
  }

  /** What the format cannot hold at all ends the archive; then it is good to know where it was. */
  #named<Result>(work: () => Result): Result {
    try {
      const result = work()
      return result instanceof Promise ? (result.catch((error) => this.#explain(error)) as Result) : result // of the same type
    } catch (error) {
      return this.#explain(error)
    }
  }

  #explain(error: unknown): never {
    if (!(error instanceof HoldfastError && error.code === 'input/invalid')) throw error
    throw new HoldfastError('input/invalid', {
      detail: `${this.#path === '' ? 'The top folder' : this.#path}: ${error.detail ?? error.message}`,
      hint: 'Leave it out of the backup, or back up to a repository of another kind.',
      cause: error,
    })
  }
}

function linkedFacts({ metadata, sizeBytes }: FileEntry): Pick<LinkedFile, 'metadata' | 'sizeBytes'> {
  return { metadata, sizeBytes }
}

function isSameFile(file: FileEntry, metadata: Metadata, before: CatarFileEntry): boolean {
  return file.sizeBytes === before.sizeBytes && isSameMetadata(metadata, before.metadata)
}

function boundObserver(observer: WriteObserver): WriteObserver {
  return {
    entry: (path, sizeBytes) => observer.entry(path, sizeBytes),
    entryDone: (outcome) => observer.entryDone(outcome),
    entryFailed: (path, reason, partial) => observer.entryFailed(path, reason, partial),
    bytes: (count) => observer.bytes(count),
    chunk: (chunk) => observer.chunk(chunk),
  }
}
