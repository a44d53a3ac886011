import type { TreeEntry } from '../../archive/tree.ts'

/** A file of a tree by its names from the root. */
export interface SampledFile {
  readonly tree: string
  readonly names: readonly Uint8Array[]
  readonly sizeBytes: bigint
}

export interface SampleOptions {
  readonly files: number
  /** Files larger than this are passed over. */
  readonly maximumFileBytes: bigint
  /** 0 up to, but not including, 1. */
  readonly random: () => number
}

/** Picks files at random, each as likely as any other, in one pass over trees of any length (Vitter's algorithm R). */
export class FileSample {
  readonly #options: SampleOptions
  readonly #chosen: SampledFile[] = []
  #seen = 0

  constructor(options: SampleOptions) {
    this.#options = options
  }

  get files(): readonly SampledFile[] {
    return this.#chosen
  }

  async take(tree: string, entries: AsyncIterable<TreeEntry>): Promise<void> {
    const folders: Uint8Array[] = []
    for await (const entry of entries) {
      if (entry.kind === 'directory') folders.push(entry.name)
      else if (entry.kind === 'leave') folders.pop()
      // The root has no name.
      else if (entry.kind === 'file')
        this.#offer({ tree, names: [...folders.slice(1), entry.name], sizeBytes: entry.sizeBytes })
    }
  }

  #offer(file: SampledFile): void {
    const { files, maximumFileBytes, random } = this.#options
    if (file.sizeBytes > maximumFileBytes) return
    this.#seen += 1
    if (this.#chosen.length < files) {
      this.#chosen.push(file)
      return
    }
    const at = Math.floor(random() * this.#seen)
    if (at < files) this.#chosen[at] = file
  }
}
