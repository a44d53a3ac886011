import { hostname } from 'node:os'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { presetPatterns } from '../../../src-shared/model/exclude-presets.ts'
import { displayPath, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'
import type { Frozen } from '../freeze/freeze.ts'
import type { ArchiveInput, Source, SourceCounts, SourceObserver, SourceView } from '../source.ts'
import { archiveNames } from './archive-names.ts'
import type { TreeOptions } from './tree-cursor.ts'
import { type TreeWalk, walkTree } from './walk.ts'

export interface FilesSourceOptions {
  readonly calls: FileSystemCalls
  /** Puts the plan's patterns into the tree itself, for archives without a prelude (spec pbs §9.2). */
  readonly recordExcludes: boolean
  /** Holds the folders still before they are read, where the plan wishes it. */
  readonly freeze?: ((plan: FoldersSource, signal: AbortSignal) => Promise<Frozen>) | undefined
}

/** Entries of one archive: memory for hard links and names stays bounded. A hundred times what the reference client takes. */
const entriesLimit = 100_000_000

/** Folders of this computer, each an archive of its own. */
export function createFilesSource(plan: FoldersSource, options: FilesSourceOptions): Source {
  return {
    async open(observer, signal) {
      signal.throwIfAborted()
      for (const path of plan.paths) requireFolder(path, options.calls)
      const frozen = plan.fileSystemSnapshot === 'off' ? undefined : await options.freeze?.(plan, signal)
      return openView(plan, { ...options, frozen }, { observer, signal })
    },
  }
}

/** What a backup of these folders leaves out and where it stops, for the walk, the scan and the sizes alike. */
export function filesTreeOptions(plan: FoldersSource, calls: FileSystemCalls): TreeOptions {
  return {
    calls,
    exclude: [...presetPatterns(plan.presets), ...plan.excludes],
    readExcludeFiles: true,
    fileSystems: plan.oneFileSystem ? 'one' : 'all',
    skipLostAndFound: true,
    entriesLimit,
  }
}

interface Ears {
  readonly observer: SourceObserver
  readonly signal: AbortSignal
}

interface OpenOptions extends FilesSourceOptions {
  readonly frozen: Frozen | undefined
}

function openView(plan: FoldersSource, options: OpenOptions, { observer, signal }: Ears): SourceView {
  const names = archiveNames(plan.paths)
  const roots = plan.paths.map((path, index) => ({ archive: names[index] ?? '', path }))
  const tree = filesTreeOptions(plan, options.calls)
  const walks: TreeWalk[] = []
  let made = 0

  async function* archives(): AsyncGenerator<ArchiveInput> {
    for (const { archive, path } of roots) {
      const walk = walkTree(
        path,
        { ...tree, recordExcludes: options.recordExcludes, grafts: options.frozen?.grafts(path) },
        { problem: (problem) => observer.problem({ ...problem, path: joinPath(path, problem.path) }) },
        signal,
      )
      walks.push(walk)
      if (options.recordExcludes && tree.exclude.length > 0) made += 1
      yield { type: 'tree', name: archive, entries: walk, excludePatterns: tree.exclude }
    }
    // All is read: what comes now, such as a verification, may take long.
    const lost = await options.frozen?.release()
    // What is not there any more looks like files that were deleted, which it must not.
    if (lost?.[0] !== undefined) throw new HoldfastError('source/vanished', { detail: lost[0] })
  }

  return {
    archives,
    facts: () => ({ host: hostname(), roots }),
    counts(): SourceCounts {
      const total = { seen: made, handedOver: made, skipped: 0, failed: 0 }
      for (const { counts } of walks) {
        total.seen += counts.seen
        total.handedOver += counts.handedOver
        total.skipped += counts.skipped
        total.failed += counts.failed
      }
      return total
    },
    async close() {
      await options.frozen?.release()
    },
  }
}

/** A plan whose folder is gone must not look like one whose files were all deleted. */
function requireFolder(path: string, calls: FileSystemCalls): void {
  try {
    calls.openDirectory(pathTextToBytes(path)).close()
  } catch (cause) {
    const detail = displayPath(path)
    if (errorCode(cause) === 'ENOTDIR') throw new HoldfastError('path/not-a-folder', { detail, cause })
    throw new HoldfastError('source/vanished', {
      detail,
      hint: 'Connect the disk it is on, or take it out of the plan.',
      cause,
    })
  }
}

function joinPath(root: string, path: string): string {
  if (path === '' || path === '/') return root
  return root.endsWith('/') ? `${root.slice(0, -1)}${path}` : `${root}${path}`
}
