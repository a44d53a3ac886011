import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { ConflictPolicy, RestoreOutcome } from '../../../src-shared/model/restore.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { Directory, FileSystemCalls, NodeStatus } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import { Breather } from './breather.ts'
import { type Decision, decide, type PlacedEntry } from './conflict.ts'
import { checkName } from './safe-name.ts'

export interface PlannedItem {
  /** From the root, as `/a/b`; empty for the root. */
  readonly path: Buffer
  readonly entry: PlacedEntry
  readonly existing: NodeStatus | undefined
  readonly outcome: RestoreOutcome
  /** A folder is in the way of something else: the restore of this one will fail. */
  readonly isBlocked: boolean
}

export interface PlanOptions {
  readonly calls: FileSystemCalls
  readonly conflict: ConflictPolicy
}

/**
 * What `extractTree` would do with the same entries. Nothing is written, and no content is opened. A target that is not
 * there makes everything new. Throws `archive/unsafe-path`, what the entries throw, or the signal's reason.
 */
export async function* planRestore(
  entries: AsyncIterable<TreeEntry>,
  target: string,
  { calls, conflict }: PlanOptions,
  signal: AbortSignal,
): AsyncGenerator<PlannedItem> {
  const breather = new Breather(signal)
  /** `undefined` stands for a directory that is not on disk. */
  const directories: (Directory | undefined)[] = []
  const paths: Buffer[] = []
  try {
    for await (const entry of entries) {
      if (breather.isDue()) await breather.breathe()
      if (entry.kind === 'leave') {
        directories.pop()?.close()
        paths.pop()
        continue
      }
      const isRoot = directories.length === 0
      if (!isRoot) checkName(entry.name)
      const parent = directories.at(-1)
      const path = isRoot ? Buffer.alloc(0) : Buffer.concat([paths.at(-1) ?? Buffer.alloc(0), slash, entry.name])
      const opened = isRoot ? tryOpen(() => calls.openDirectory(pathTextToBytes(target))) : undefined
      const existing = isRoot ? opened?.status() : parent && tryOpen(() => parent.lstat(entry.name))
      const decision = sameLink(parent, existing, entry) ? 'identical' : decide(conflict, existing, entry)
      if (entry.kind === 'directory') {
        const isEntered = decision === 'merge' && parent !== undefined
        directories.push(isRoot ? opened : isEntered ? tryOpen(() => parent.openDirectory(entry.name)) : undefined)
        paths.push(path)
      }
      yield { path, entry, existing, outcome: outcomes[decision], isBlocked: decision === 'blocked' }
    }
  } finally {
    for (const directory of directories) directory?.close()
  }
}

const slash = Buffer.from('/')

const outcomes: Readonly<Record<Decision, RestoreOutcome>> = {
  new: 'new',
  merge: 'identical',
  identical: 'identical',
  replace: 'overwrite',
  keep: 'skip',
  'keep-newer': 'newer-on-disk',
  'keep-both': 'keep-both',
  blocked: 'skip',
}

function sameLink(parent: Directory | undefined, existing: NodeStatus | undefined, entry: PlacedEntry): boolean {
  if (parent === undefined || existing?.kind !== 'symlink' || entry.kind !== 'symlink') return false
  return tryOpen(() => parent.readLink(entry.name))?.equals(entry.target) ?? false
}

/** What cannot be looked at counts as not there: the restore itself will say why. */
function tryOpen<T>(open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    if (errorCode(error) === undefined) throw error
    return undefined
  }
}
