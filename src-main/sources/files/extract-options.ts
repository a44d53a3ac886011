import type { CarryOver, ConflictPolicy } from '../../../src-shared/model/restore.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import type { ProblemObserver } from './walk-problem.ts'

export interface ExtractOptions {
  readonly calls: FileSystemCalls
  readonly conflict: ConflictPolicy
  readonly carryOver: CarryOver
  /** Whether a target that was there before gets the metadata of the root entry. One that is made gets it anyway. */
  readonly applyToRoot: boolean
  /** A folder for what is replaced and a journal, from which `undoRestore` takes everything back; on the target's disk. */
  readonly safetyCopy: string | undefined
  /** Waits at the end until all is on the disk. */
  readonly sync: boolean
}

export interface ExtractObserver extends ProblemObserver {
  /** The entry is there, but not all of its metadata could be set. Not counted. */
  warning(warning: ExtractWarning): void
  /** Now and then, with the counts so far and the name of the file that comes next. */
  progress?(counts: Readonly<ExtractCounts>, file?: Uint8Array): void
}

export interface ExtractWarning {
  /** Path text from the root, with a leading slash. */
  readonly path: string
  readonly reason: string
}

/** Entries. seen = written + identical + skipped + failed. */
export interface ExtractCounts {
  seen: number
  written: number
  /** Files that were already there with the same size and time; folders that were there. */
  identical: number
  skipped: number
  failed: number
  /** Folders among `seen`, and among `written`: people count files. */
  folders: number
  writtenFolders: number
  /** Of files that were written. */
  writtenBytes: bigint
}

export function noExtractCounts(): ExtractCounts {
  return {
    seen: 0,
    written: 0,
    identical: 0,
    skipped: 0,
    failed: 0,
    folders: 0,
    writtenFolders: 0,
    writtenBytes: 0n,
  }
}
