import type { TreeEntry } from '../archive/tree.ts'

/** What can be backed up: opened once a run, it gives one consistent view. */
export interface Source {
  open(observer: SourceObserver, signal: AbortSignal): Promise<SourceView>
}

export interface SourceView {
  /** In the order in which they are to be written. May be iterated once. */
  archives(): AsyncIterable<ArchiveInput>
  /** Facts about the source that a restore needs without the catalog; stored beside the archives. */
  facts(): SourceFacts
  /** Entries so far, in all archives; final when the last archive was read. */
  counts(): SourceCounts
  close(): Promise<void>
}

/** seen = handedOver + skipped + failed. An entry whose content proves unreadable moves from handedOver to failed. */
export interface SourceCounts {
  readonly seen: number
  readonly handedOver: number
  readonly skipped: number
  readonly failed: number
}

export interface SourceFacts {
  readonly host: string
  readonly roots: readonly { readonly archive: string; readonly path: string }[]
  /** The plan it was made by, as a plan file; a run without a plan has none. */
  readonly plan?: string | undefined
}

export type ArchiveInput =
  /** `name` is the archive's base name, `excludePatterns` what was given beside the tree itself (kept in the prelude). */
  | {
      readonly type: 'tree'
      readonly name: string
      readonly entries: AsyncIterable<TreeEntry>
      readonly excludePatterns: readonly string[]
    }
  | { readonly type: 'stream'; readonly name: string; readonly data: AsyncIterable<Uint8Array> }
  | {
      readonly type: 'image'
      readonly name: string
      readonly sizeBytes: bigint
      read(at: bigint, length: number): Promise<Uint8Array>
    }
  | { readonly type: 'blob'; readonly name: string; readonly data: Uint8Array }

/** Hears of everything a walk did not hand over. Called often: it must return at once. */
export interface SourceObserver {
  /** `path` is path text, for a person. `skipped` was left out on purpose, `failed` could not be read. */
  problem(problem: SourceProblem): void
}

export interface SourceProblem {
  readonly path: string
  readonly outcome: 'skipped' | 'failed'
  /** A sentence: which rule, or which error of the operating system. */
  readonly reason: string
}
