import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { Metadata, TreeEntry } from '../../archive/tree.ts'
import type { NodeStatus } from '../../os/file-system-calls.ts'
import { Breather } from './breather.ts'
import { openContent } from './file-content.ts'
import { HardLinks } from './hard-links.ts'
import { readMetadata, statusMetadata } from './read-metadata.ts'
import { type TreeCounts, TreeCursor, type TreeOptions } from './tree-cursor.ts'
import { type ProblemObserver, readProblem } from './walk-problem.ts'

/** Where an archive without a prelude keeps the plan's patterns (spec pbs §9.2). */
export const excludeRecordName = '.pxarexclude-cli'

export interface WalkOptions extends TreeOptions {
  /** Ends the root with a made-up `.pxarexclude-cli` that holds the patterns of the plan; a real one is left out. */
  readonly recordExcludes: boolean
  /** Without, every name of a file is a file of its own, as casync has it. */
  readonly foldHardLinks?: boolean | undefined
}

export interface TreeWalk extends AsyncIterable<TreeEntry> {
  /** Up to date at every moment. An entry whose content proved unreadable or cut short moves to `failed`. */
  readonly counts: Readonly<TreeCounts>
}

/**
 * A folder as a stream of entries, for one iteration. Nothing unreadable ends it: that is reported and counted. It ends
 * early only with `source/vanished`, `source/too-many-entries`, or the signal's reason.
 */
export function walkTree(
  root: Uint8Array | string,
  options: WalkOptions,
  observer: ProblemObserver,
  signal: AbortSignal,
): TreeWalk {
  const cursor = new TreeCursor(typeof root === 'string' ? pathTextToBytes(root) : root, options, observer)
  return { counts: cursor.counts, [Symbol.asyncIterator]: () => entries(cursor, options, signal) }
}

async function* entries(cursor: TreeCursor, options: WalkOptions, signal: AbortSignal): AsyncGenerator<TreeEntry> {
  const breather = new Breather(signal)
  const links = options.foldHardLinks === false ? undefined : new HardLinks()
  const record = options.recordExcludes && options.exclude.length > 0 ? Buffer.from(excludeRecordName) : undefined
  try {
    for (let step = cursor.next(); step !== undefined; step = cursor.next()) {
      if (breather.isDue()) await breather.breathe()
      switch (step.type) {
        case 'nothing':
          break
        case 'leave':
          if (cursor.depth === 0 && record !== undefined) yield excludeRecord(record, options.exclude)
          yield { kind: 'leave' }
          break
        case 'enter':
          yield { kind: 'directory', name: step.name, metadata: metadataOf(cursor, undefined, step.status) }
          break
        case 'node': {
          if (cursor.depth === 1 && record?.equals(step.name)) {
            cursor.withdraw({
              path: cursor.pathText(),
              outcome: 'skipped',
              code: 'excluded',
              reason: 'Its name is taken by the list of exclude patterns',
            })
            break
          }
          const entry = nodeEntry(cursor, links, step.name, step.status)
          if (entry !== undefined) yield entry
          break
        }
      }
    }
  } finally {
    cursor.close()
  }
}

function nodeEntry(
  cursor: TreeCursor,
  links: HardLinks | undefined,
  name: Buffer,
  status: NodeStatus,
): TreeEntry | undefined {
  if (status.kind === 'file') {
    const target = links?.find(status, () => cursor.path())
    if (target !== undefined) return { kind: 'hardlink', name, target }
  }
  switch (status.kind) {
    case 'file':
      return fileEntry(cursor, links, name, status)
    case 'symlink':
      try {
        const target = cursor.directory.readLink(name)
        return { kind: 'symlink', name, target, metadata: metadataOf(cursor, name, status) }
      } catch (error) {
        cursor.withdraw(readProblem(cursor.pathText(), error))
        return undefined
      }
    case 'block-device':
    case 'char-device': {
      const { kind, major, minor } = status
      return { kind, name, major, minor, metadata: metadataOf(cursor, name, status) }
    }
    case 'fifo':
    case 'socket':
      return { kind: status.kind, name, metadata: metadataOf(cursor, name, status) }
    case 'directory':
      // The cursor hands over directories with `enter` only.
      throw new Error('a directory came as a node')
  }
}

function fileEntry(cursor: TreeCursor, links: HardLinks | undefined, name: Buffer, status: NodeStatus): TreeEntry {
  const { directory } = cursor
  return {
    kind: 'file',
    name,
    metadata: metadataOf(cursor, name, status),
    sizeBytes: status.sizeBytes,
    linkCount: links === undefined ? 1 : status.links,
    open: () =>
      openContent(directory, name, status, {
        // The walk stands still until the stream goes on, so this is still the last entry.
        path: cursor.pathText(),
        onProblem: (problem, what) => {
          if (what === 'rest') cursor.report(problem)
          else cursor.withdraw(problem)
          if (problem.outcome === 'failed') links?.forget(status)
        },
      }),
  }
}

/** Attributes that cannot be read are a problem of their own; the entry goes on with what stat says. */
function metadataOf(cursor: TreeCursor, name: Buffer | undefined, status: NodeStatus): Metadata {
  try {
    return readMetadata(cursor.directory, name, { status, owners: cursor.owners })
  } catch (error) {
    const problem = readProblem(cursor.pathText(), error)
    // What vanished will say so when it is opened.
    if (problem.code !== 'vanished')
      cursor.report({ ...problem, code: 'metadata', reason: `Extended attributes: ${problem.reason}` })
    return statusMetadata({ status, owners: cursor.owners })
  }
}

function excludeRecord(name: Buffer, patterns: readonly string[]): TreeEntry {
  const content = pathTextToBytes(patterns.map((pattern) => `${pattern}\n`).join(''))
  let at = 0
  return {
    kind: 'file',
    name,
    metadata: { permissions: 0o600, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] },
    sizeBytes: BigInt(content.length),
    linkCount: 1,
    open: () => ({
      read: (into) => {
        const part = content.subarray(at, at + into.length)
        into.set(part)
        at += part.length
        return part.length
      },
      close: () => {},
    }),
  }
}
