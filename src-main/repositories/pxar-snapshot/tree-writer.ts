import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { ContentProblem } from '../../archive/file-body.ts'
import type { FileEntry, Metadata, TreeEntry } from '../../archive/tree.ts'
import type { WriteObserver } from '../repository.ts'

/** What a tree is written to, as the encoders of archives are. Wait for what a call returns before the next one. */
export interface TreeEncoder {
  enterDirectory(name: Uint8Array, metadata: Metadata): void | Promise<void>
  leaveDirectory(): void | Promise<void>
  addHardlink(name: Uint8Array, target: Uint8Array): void | Promise<void>
  add(entry: Exclude<OtherEntry, { readonly kind: 'hardlink' }>): void | Promise<void>
}

/** Takes the content of a file, one way or another. */
export interface FileWriter {
  /** Throws `file/unreadable`, with nothing written, when the file cannot be opened. */
  writeFile(file: FileEntry): Promise<FileOutcome>
  enterDirectory(entry: DirectoryEntry): Promise<Outcome>
  leaveDirectory(): Promise<void>
  /** An entry that is neither a file nor a directory was written. */
  added(entry: OtherEntry): Promise<Outcome>
}

export type Outcome = 'stored' | 'unchanged'
export type DirectoryEntry = Extract<TreeEntry, { readonly kind: 'directory' }>

export type OtherEntry = Exclude<TreeEntry, { readonly kind: 'file' | 'directory' | 'leave' }>

export interface FileOutcome {
  readonly outcome: Outcome
  readonly problem?: ContentProblem | undefined
}

/**
 * Feeds a whole tree to an encoder and tells an observer about every entry. A file that cannot be read is told and left
 * out, with the hard links to it; so is what lies deeper than `maxDepth`, where the root is 1. Everything else that fails ends
 * the archive.
 */
export async function writeTree(
  entries: AsyncIterable<TreeEntry>,
  encoder: TreeEncoder,
  files: FileWriter,
  observer: WriteObserver,
  { maxDepth = Number.POSITIVE_INFINITY }: { readonly maxDepth?: number } = {},
): Promise<void> {
  const paths = new PathStack()
  const leftOut = new Set<string>()
  for await (const entry of entries) {
    if (entry.kind === 'leave' ? paths.depth > maxDepth : paths.depth >= maxDepth) {
      leaveOut(entry, { paths, leftOut, observer, reason: `It is in more than ${maxDepth - 1} folders` })
      continue
    }
    switch (entry.kind) {
      case 'leave': {
        paths.leave()
        await files.leaveDirectory()
        const pending = encoder.leaveDirectory()
        if (pending !== undefined) await pending
        break
      }
      case 'directory': {
        observer.entry(paths.enter(entry.name), 0n)
        const outcome = await files.enterDirectory(entry)
        const pending = encoder.enterDirectory(entry.name, entry.metadata)
        if (pending !== undefined) await pending
        observer.entryDone(outcome)
        break
      }
      case 'file': {
        const path = paths.of(entry.name)
        observer.entry(path, entry.sizeBytes)
        try {
          const { outcome, problem } = await files.writeFile(entry)
          if (problem !== undefined) observer.entryFailed(path, describe(problem), true)
          observer.entryDone(outcome)
        } catch (error) {
          if (!isUnreadable(error)) throw error
          if (entry.linkCount !== 1) leftOut.add(path)
          observer.entryFailed(path, error.detail ?? error.message, false)
        }
        break
      }
      case 'hardlink': {
        const path = paths.of(entry.name)
        observer.entry(path, 0n)
        if (leftOut.has(bytesToPathText(entry.target))) {
          observer.entryFailed(path, 'The file it is another name of could not be read', false)
          break
        }
        const pending = encoder.addHardlink(entry.name, entry.target)
        if (pending !== undefined) await pending
        observer.entryDone(await files.added(entry))
        break
      }
      default: {
        observer.entry(paths.of(entry.name), 0n)
        const pending = encoder.add(entry)
        if (pending !== undefined) await pending
        observer.entryDone(await files.added(entry))
      }
    }
  }
}

/** Told as failed, one by one, so that nothing that was seen goes uncounted. */
function leaveOut(
  entry: TreeEntry,
  {
    paths,
    leftOut,
    observer,
    reason,
  }: {
    readonly paths: PathStack
    readonly leftOut: Set<string>
    readonly observer: WriteObserver
    readonly reason: string
  },
): void {
  if (entry.kind === 'leave') {
    paths.leave()
    return
  }
  const path = entry.kind === 'directory' ? paths.enter(entry.name) : paths.of(entry.name)
  if (entry.kind === 'file' && entry.linkCount !== 1) leftOut.add(path)
  observer.entry(path, entry.kind === 'file' ? entry.sizeBytes : 0n)
  observer.entryFailed(path, reason, false)
}

/** Path texts of the entries of the directory the walk is in, without a slash at the head; the root is empty. */
class PathStack {
  readonly #prefixes: string[] = []
  #prefix = ''

  /** How many directories it is in. */
  get depth(): number {
    return this.#prefixes.length
  }

  enter(name: Uint8Array): string {
    this.#prefixes.push(this.#prefix)
    const path = this.of(name)
    this.#prefix = path === '' ? '' : `${path}/`
    return path
  }

  leave(): void {
    this.#prefix = this.#prefixes.pop() ?? ''
  }

  of(name: Uint8Array): string {
    return this.#prefix + bytesToPathText(name)
  }
}

function isUnreadable(error: unknown): error is HoldfastError {
  return error instanceof HoldfastError && error.code === 'file/unreadable'
}

function describe(problem: ContentProblem): string {
  switch (problem.kind) {
    case 'shrank':
      return `It shrank to ${problem.readBytes} bytes while it was read; the rest is stored as zeros`
    case 'grew':
      return 'It grew while it was read; what was added is left out'
    case 'failed': {
      const reason = problem.cause instanceof Error ? problem.cause.message : String(problem.cause)
      return `Reading failed after ${problem.readBytes} bytes (${reason}); the rest is stored as zeros`
    }
  }
}
