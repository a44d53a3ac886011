import { HoldfastError } from '../../../src-shared/errors.ts'
import type { FileEntry } from '../../archive/tree.ts'
import type { HeldPaths, SnapshotReader } from '../repository.ts'
import type { RemovedPaths } from './removed-paths.ts'

/**
 * What a snapshot holds of the paths, found by the tables of its archives: the rest is not read. `onFile` hears of every
 * file that goes, with its content or as a further name of one that stays.
 */
export async function findHeld(
  reader: Pick<SnapshotReader, 'trees' | 'stat' | 'walk'>,
  removed: RemovedPaths,
  onFile: (tree: string, file: FileEntry) => void,
  signal: AbortSignal,
): Promise<HeldPaths & { readonly trees: ReadonlySet<string> }> {
  const trees = new Set<string>()
  let entries = 0
  let bytes = 0n
  for (const tree of reader.trees) {
    for (const path of await present(reader, tree, { removed, signal })) {
      trees.add(tree)
      let depth = 0
      for await (const entry of reader.walk(tree, { contents: false, select: [path] }, signal)) {
        if (entry.kind === 'leave') {
          depth--
          continue
        }
        // The folders on the way stay.
        if (depth >= path.length) entries++
        if (entry.kind === 'directory') depth++
        if (entry.kind !== 'file') continue
        bytes += entry.sizeBytes
        onFile(tree, entry)
      }
    }
  }
  return { entries, bytes, trees }
}

async function present(
  reader: Pick<SnapshotReader, 'stat'>,
  tree: string,
  { removed, signal }: { readonly removed: RemovedPaths; readonly signal: AbortSignal },
): Promise<(readonly Uint8Array[])[]> {
  const found: (readonly Uint8Array[])[] = []
  for (const path of removed.of(tree)) {
    // What lies in a folder that goes is found with the folder.
    if (removed.covers(tree, path.slice(0, -1))) continue
    try {
      await reader.stat(tree, path, signal)
      found.push(path)
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'path/not-found')) throw error
    }
  }
  return found
}
