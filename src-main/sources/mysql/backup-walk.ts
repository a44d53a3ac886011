import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { type TreeWalk, walkTree } from '../files/walk.ts'
import type { ProblemObserver } from '../files/walk-problem.ts'

/** Bounds memory for names; a server with a million tables has three files each. */
const entriesLimit = 10_000_000

/** A folder that a backup was laid out in, whole: nothing in it is left out on purpose. */
export function walkBackup(
  folder: string,
  calls: FileSystemCalls,
  observer: ProblemObserver,
  signal: AbortSignal,
): TreeWalk {
  return walkTree(
    folder,
    {
      calls,
      exclude: [],
      readExcludeFiles: false,
      fileSystems: 'all',
      skipLostAndFound: false,
      entriesLimit,
      recordExcludes: false,
    },
    observer,
    signal,
  )
}
