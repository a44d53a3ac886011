import type { PxarEncoder } from '../../archive/pxar/encoder.ts'
import { toSafeNumber } from '../../archive/pxar/items.ts'
import type { PxarEntry, PxarFileEntry } from '../../archive/pxar/pxar-entry.ts'
import type { FileEntry } from '../../archive/tree.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import { countedFile } from './counted-file.ts'
import { layoutOf } from './payload-layout.ts'
import { type PayloadWriter, payloadItemBytes } from './payload-writer.ts'
import { PreviousTree } from './previous-tree.ts'
import { type PayloadLayout, ReusePlanner } from './reuse-planner.ts'
import { isSameEntry, isSameMetadata } from './same-metadata.ts'
import type { NewSnapshot } from './snapshot-backend.ts'
import type { DirectoryEntry, FileOutcome, FileWriter, OtherEntry, Outcome } from './tree-writer.ts'

/** A previous split archive that is as its manifest says. */
export interface PreviousArchive {
  readonly entries: AsyncIterable<PxarEntry>
  readonly payload: ChunkIndex
}

export interface SplitFilesOptions {
  readonly encoder: PxarEncoder
  readonly payload: PayloadWriter
  readonly keepChunk: NewSnapshot['keepChunk']
  readonly previous?: PreviousArchive | undefined
  readonly onBytes: (count: number) => void
  readonly signal: AbortSignal
}

/**
 * Files of a split archive (spec pbs §7.5). Those that are in the previous archive with the same metadata and size are
 * not read: the chunks that hold them are injected (§9.1).
 *
 * Whether a payload is new or taken over, its row in the directory's table counts only what is in the metadata stream.
 * PBS writes another size for new ones, which no reader may rely on; with one rule for both an unchanged tree gives an
 * unchanged metadata stream.
 */
export class SplitFiles implements FileWriter {
  readonly #options: SplitFilesOptions
  readonly #tree: PreviousTree<PxarEntry> | undefined
  readonly #index: ChunkIndex | undefined
  readonly #layout: PayloadLayout | undefined
  readonly #planner: ReusePlanner | undefined

  constructor(options: SplitFilesOptions) {
    this.#options = options
    const { previous, signal } = options
    if (previous === undefined) return
    const layout = layoutOf(previous.payload)
    const planner = new ReusePlanner(layout)
    this.#index = previous.payload
    this.#layout = layout
    this.#planner = planner
    const differs = () => planner.differs()
    this.#tree = new PreviousTree(previous.entries, { gone: differs, broken: differs }, signal)
  }

  async enterDirectory(entry: DirectoryEntry): Promise<Outcome> {
    return isSameEntry(entry, await this.#tree?.enter(entry.name)) ? 'unchanged' : 'stored'
  }

  async added(entry: OtherEntry): Promise<Outcome> {
    return isSameEntry(entry, await this.#tree?.findLeaf(entry.name)) ? 'unchanged' : 'stored'
  }

  async leaveDirectory(): Promise<void> {
    await this.#tree?.leave()
  }

  async writeFile(file: FileEntry): Promise<FileOutcome> {
    this.#options.signal.throwIfAborted()
    if (this.#tree !== undefined) {
      const before = await this.#tree.findLeaf(file.name)
      if (before?.kind === 'file' && (await this.#takeOver(file, before))) return { outcome: 'unchanged' }
    }
    return await this.#readFile(file)
  }

  /** The archive is complete: what is still to be written of the payload stream. */
  async finish(): Promise<void> {
    await this.#tree?.close()
    const last = this.#planner?.lastInjected ?? -1
    await this.#options.payload.finish(last >= 0 && last + 1 === this.#layout?.count)
  }

  async #takeOver(file: FileEntry, before: PxarFileEntry): Promise<boolean> {
    const { encoder, payload, onBytes } = this.#options
    const planner = this.#planner
    const layout = this.#layout
    const ref = before.payload
    if (planner === undefined || layout === undefined || ref === undefined) return false
    if (file.sizeBytes !== before.sizeBytes || !isSameMetadata(file.metadata, before.metadata)) {
      planner.differs()
      return false
    }
    const sizeBytes = toSafeNumber(file.sizeBytes, 'file size', 0)
    const offset = toSafeNumber(ref.offset, 'payload offset', 0)
    const length = payloadItemBytes(sizeBytes)
    // Only the old first chunk brings the start marker along.
    if (!payload.isStarted && offset >= layout.start(1)) payload.start()
    const plan = planner.plan(offset, length, payload.position)
    if (plan === undefined) return false
    if (plan.from < plan.to) {
      if (!this.#areThere(plan.from, plan.to, planner)) return false
      await payload.inject(this.#chunks(plan.from, plan.to))
    }
    planner.accept(plan, offset, length)
    const pending = encoder.addFileByReference(file, { offset: BigInt(plan.offset), sizeBytes: file.sizeBytes })
    if (pending !== undefined) await pending
    onBytes(sizeBytes)
    return true
  }

  async #readFile(file: FileEntry): Promise<FileOutcome> {
    const { encoder, payload, onBytes, signal } = this.#options
    const sizeBytes = toSafeNumber(file.sizeBytes, 'file size', 0)
    const opened = countedFile(file, onBytes).open()
    const content = opened instanceof Promise ? await opened : opened
    payload.start()
    this.#planner?.newData(payloadItemBytes(sizeBytes))
    try {
      const pending = encoder.addFileByReference(file, { offset: BigInt(payload.position), sizeBytes: file.sizeBytes })
      if (pending !== undefined) await pending
    } catch (error) {
      await content.close()
      throw error
    }
    return { outcome: 'stored', problem: await payload.writeFile(content, sizeBytes, signal) }
  }

  #areThere(from: number, to: number, planner: ReusePlanner): boolean {
    for (const { digest, position } of this.#chunks(from, to)) {
      if (this.#options.keepChunk(digest)) continue
      planner.forbid(position)
      return false
    }
    return true
  }

  #chunks(from: number, to: number) {
    const index = this.#index
    return index === undefined ? [] : Array.from({ length: to - from }, (_, i) => index.at(from + i))
  }
}
