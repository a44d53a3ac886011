import { accessSync, constants } from 'node:fs'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { Directory } from '../../os/file-system-calls.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { errorCode } from '../../os/system-error.ts'
import { Breather } from './breather.ts'
import { EntryPlacer } from './entry-placer.ts'
import { throwIfDiskFailed } from './extract-failure.ts'
import { type ExtractCounts, type ExtractObserver, type ExtractOptions, noExtractCounts } from './extract-options.ts'
import type { SafetyCopy } from './safety-copy.ts'
import { TargetFrames } from './target-frames.ts'
import { WriteBehind } from './write-behind.ts'

/**
 * Restores a tree into the folder `target`, which is made if need be. A file has its name only when it is whole; nothing
 * is ever written outside the target. What cannot be restored is reported and counted. Throws `disk/full`,
 * `disk/read-only`, `archive/unsafe-path`, what the entries throw, or the signal's reason; what was restored until then
 * stays, and folders keep what of their metadata can be set.
 */
export async function extractTree(
  entries: AsyncIterable<TreeEntry>,
  target: string,
  options: ExtractOptions,
  observer: ExtractObserver,
  signal: AbortSignal,
): Promise<ExtractCounts> {
  const counts = noExtractCounts()
  const breather = new Breather(signal)
  const { directory, isNew } = openTarget(target, options)
  const frames = new TargetFrames(options.calls.capabilities.anchored)
  let safety: SafetyCopy | undefined
  let behind: WriteBehind | undefined
  let isRootTaken = false
  try {
    if (options.sync) behind = new WriteBehind(options.calls.openDirectory(pathTextToBytes(target)))
    if (options.safetyCopy !== undefined) {
      // Only where there is one: its journal brings half of all that a restore loads before it begins.
      const { SafetyCopy } = await import('./safety-copy.ts')
      safety = new SafetyCopy(options.safetyCopy, target, directory, options.calls)
    }
    const placer = new EntryPlacer({ options, observer, counts, frames, safety, breather })
    try {
      for await (const entry of entries) {
        if (breather.isDue()) {
          observer.progress?.(counts, entry.kind === 'file' ? entry.name : undefined)
          placer.publishIfDue()
          behind?.wrote(counts.writtenBytes)
          await breather.breathe()
        }
        if (entry.kind === 'leave') placer.leave()
        else if (isRootTaken) await placer.place(entry)
        else if (entry.kind === 'directory' && entry.name.length === 0) {
          isRootTaken = true
          placer.enterRoot(directory, isNew, entry.metadata)
        } else throw new HoldfastError('archive/corrupt', { detail: 'The first entry is not the root.' })
      }
    } finally {
      placer.abandon()
    }
    await behind?.finish()
    observer.progress?.(counts)
    return counts
  } finally {
    if (!isRootTaken) directory.close()
    safety?.close()
    await behind?.close()
  }
}

function openTarget(target: string, { calls }: ExtractOptions): { directory: Directory; isNew: boolean } {
  const path = Buffer.from(pathTextToBytes(target))
  try {
    const isNew = makeFolders(path, 0o700)
    accessSync(path, constants.W_OK | constants.X_OK)
    return { directory: calls.openDirectory(path), isNew }
  } catch (cause) {
    throwIfDiskFailed(cause)
    const code = errorCode(cause)
    if (code === 'EEXIST' || code === 'ENOTDIR') throw new HoldfastError('path/not-a-folder', { detail: target, cause })
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENOENT')
      throw new HoldfastError('disk/read-only', { detail: target, cause })
    throw cause
  }
}
