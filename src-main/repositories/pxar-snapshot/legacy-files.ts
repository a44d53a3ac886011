import type { ContentProblem } from '../../archive/file-body.ts'
import type { CatalogEncoder } from '../../archive/pcat1/encoder.ts'
import type { PxarEncoder } from '../../archive/pxar/encoder.ts'
import type { FileEntry } from '../../archive/tree.ts'
import { countedFile } from './counted-file.ts'
import type { DirectoryEntry, FileOutcome, FileWriter, OtherEntry, Outcome } from './tree-writer.ts'

export interface LegacyFilesOptions {
  readonly encoder: PxarEncoder
  readonly catalog: CatalogEncoder
  /** The archive's file name, under which the catalog lists it. */
  readonly filename: string
  readonly onBytes: (count: number) => void
}

/** Files of a version 1 archive, whose contents are in it, and the catalog beside it (spec pbs §7.9). */
export class LegacyFiles implements FileWriter {
  readonly #options: LegacyFilesOptions
  #problem: ContentProblem | undefined

  constructor(options: LegacyFilesOptions) {
    this.#options = options
  }

  /** For the encoder's `onContentProblem`. */
  noteProblem(problem: ContentProblem): void {
    this.#problem = problem
  }

  async writeFile(file: FileEntry): Promise<FileOutcome> {
    const { encoder, catalog, onBytes } = this.#options
    this.#problem = undefined
    await encoder.addFile(countedFile(file, onBytes))
    catalog.addFile(file.name, file.sizeBytes, secondsOf(file.metadata.mtimeNs))
    return { outcome: 'stored', problem: this.#problem }
  }

  async enterDirectory({ name }: DirectoryEntry): Promise<Outcome> {
    const { catalog, filename } = this.#options
    catalog.enter(name.length === 0 ? new TextEncoder().encode(filename) : name)
    return 'stored'
  }

  async leaveDirectory(): Promise<void> {
    const pending = this.#options.catalog.leave()
    if (pending !== undefined) await pending
  }

  async added(entry: OtherEntry): Promise<Outcome> {
    this.#options.catalog.add(entry.kind, entry.name)
    return 'stored'
  }
}

function secondsOf(ns: bigint): bigint {
  const seconds = ns / 1_000_000_000n
  return ns < 0n && seconds * 1_000_000_000n !== ns ? seconds - 1n : seconds
}
