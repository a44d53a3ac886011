import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { NodeStatus } from '../../os/file-system-calls.ts'
import { Breather } from './breather.ts'
import { HardLinks } from './hard-links.ts'
import { type TreeCounts, TreeCursor, type TreeOptions } from './tree-cursor.ts'
import type { ProblemObserver } from './walk-problem.ts'

export interface ScanProgress {
  readonly counts: Readonly<TreeCounts>
  readonly files: number
  /** Contents of files; one with several names counts once. */
  readonly sizeBytes: bigint
  /** By the first component of the path, in the order of the walk. Files that lie in the root itself are not in it. */
  readonly folders: ReadonlyMap<string, FolderTotal>
  /** The last progress has counted everything. */
  readonly isComplete: boolean
}

export interface FolderTotal {
  readonly name: Buffer
  files: number
  sizeBytes: bigint
}

export interface ScannedEntry {
  /** From the root, as `/a/b`; empty for the root. A copy. */
  readonly path: Buffer
  readonly status: NodeStatus
}

const progressEveryMs = 100

/**
 * Counts what `walkTree` with the same options would hand over, without reading attributes or contents. Progress comes
 * about ten times a second; each value is a view of the same counts, so take from it what you need at once.
 */
export async function* scanTree(
  root: Uint8Array | string,
  options: TreeOptions,
  observer: ProblemObserver,
  signal: AbortSignal,
): AsyncGenerator<ScanProgress> {
  const cursor = new TreeCursor(typeof root === 'string' ? pathTextToBytes(root) : root, options, observer)
  const breather = new Breather(signal)
  const links = new HardLinks()
  const folders = new Map<string, FolderTotal>()
  let folder: FolderTotal | undefined
  let files = 0
  let sizeBytes = 0n
  let lastProgress = performance.now()
  const progress = (isComplete: boolean): ScanProgress => ({
    counts: cursor.counts,
    files,
    sizeBytes,
    folders,
    isComplete,
  })
  try {
    for (let step = cursor.next(); step !== undefined; step = cursor.next()) {
      if (breather.isDue()) {
        await breather.breathe()
        if (performance.now() - lastProgress >= progressEveryMs) {
          yield progress(false)
          lastProgress = performance.now()
        }
      }
      if (step.type === 'enter' && cursor.depth === 2) {
        folder = { name: step.name, files: 0, sizeBytes: 0n }
        folders.set(step.name.toString('latin1'), folder)
      } else if (step.type === 'leave' && cursor.depth === 1) folder = undefined
      if (step.type !== 'node' || step.status.kind !== 'file') continue
      const size = links.find(step.status, () => cursor.path()) === undefined ? step.status.sizeBytes : 0n
      files += 1
      sizeBytes += size
      if (folder === undefined) continue
      folder.files += 1
      folder.sizeBytes += size
    }
    yield progress(true)
  } finally {
    cursor.close()
  }
}

/** Every entry that a backup with these options would hold: the list of a dry run. */
export async function* listTree(
  root: Uint8Array | string,
  options: TreeOptions,
  observer: ProblemObserver,
  signal: AbortSignal,
): AsyncGenerator<ScannedEntry> {
  const cursor = new TreeCursor(typeof root === 'string' ? pathTextToBytes(root) : root, options, observer)
  const breather = new Breather(signal)
  try {
    for (let step = cursor.next(); step !== undefined; step = cursor.next()) {
      if (breather.isDue()) await breather.breathe()
      if (step.type === 'enter' || step.type === 'node') yield { path: cursor.path(), status: step.status }
    }
  } finally {
    cursor.close()
  }
}
