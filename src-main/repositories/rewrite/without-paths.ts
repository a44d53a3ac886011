import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { SnapshotReader, WalkOptions } from '../repository.ts'
import { keyOf, type RemovedPaths } from './removed-paths.ts'

export interface WithoutOptions extends Pick<WalkOptions, 'contents'> {
  readonly removed: RemovedPaths
  readonly signal: AbortSignal
}

/**
 * A tree of a snapshot as if the paths had never been in it. The folders they were in stay. A file of several names that
 * loses its first one comes under the next, as the file itself; further names link to that.
 */
export async function* withoutPaths(
  reader: Pick<SnapshotReader, 'walk'>,
  tree: string,
  { removed, contents, signal }: WithoutOptions,
): AsyncGenerator<TreeEntry, void, undefined> {
  const path: Uint8Array[] = []
  /** Where files are now that lost their first name, by that name. */
  const moved = new Map<string, Uint8Array>()
  /** How deep the walk is in a folder that goes. */
  let depth = 0
  for await (const entry of reader.walk(tree, { contents }, signal)) {
    if (depth > 0) {
      if (entry.kind === 'directory') depth++
      else if (entry.kind === 'leave') depth--
      continue
    }
    if (entry.kind === 'leave') {
      path.pop()
      yield entry
      continue
    }
    // The root has no name, and no place in paths.
    const here = entry.name.length === 0 ? path : [...path, entry.name]
    if (removed.has(tree, here)) {
      if (entry.kind === 'directory') depth = 1
      continue
    }
    if (entry.kind === 'directory' && entry.name.length > 0) path.push(entry.name)
    if (entry.kind !== 'hardlink' || !removed.covers(tree, namesOf(entry.target))) {
      yield entry
      continue
    }
    const key = Buffer.from(entry.target).toString('latin1')
    const target = moved.get(key)
    if (target !== undefined) {
      yield { ...entry, target }
      continue
    }
    moved.set(key, Buffer.from(keyOf(here), 'latin1'))
    yield* fileAt(reader, tree, { path: here, contents, signal })
  }
}

interface FileAt extends Pick<WalkOptions, 'contents'> {
  readonly path: readonly Uint8Array[]
  readonly signal: AbortSignal
}

/** A selected link whose first name is not selected comes as the file itself. */
async function* fileAt(
  reader: Pick<SnapshotReader, 'walk'>,
  tree: string,
  { path, contents, signal }: FileAt,
): AsyncGenerator<TreeEntry> {
  for await (const found of reader.walk(tree, { contents, select: [path] }, signal)) {
    if (found.kind !== 'file') continue
    yield found
    return
  }
  const text = path.map(bytesToPathText).join('/')
  throw new HoldfastError('archive/corrupt', { detail: `The hard link ${text} leads nowhere.` })
}

function namesOf(path: Uint8Array): readonly Uint8Array[] {
  return Buffer.from(path)
    .toString('latin1')
    .split('/')
    .map((name) => Buffer.from(name, 'latin1'))
}
