import { randomUUID } from 'node:crypto'
import { type RepositoryId, repositoryId } from '../../../src-shared/model/ids.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import type { ChangeTotals } from './change-totals.ts'
import type { IndexEntry } from './index-entry.ts'
import type { SnapshotDetails } from './snapshot-store.ts'

/** The plainest thing that could answer what the index answers, for the index to be compared with: every snapshot as a map of paths. */
export type NaiveTree = ReadonlyMap<string, NaiveNode>

export interface NaiveNode {
  readonly kind: 'directory' | 'file'
  readonly size: number
  readonly mtime: number
  readonly permissions: number
}

/** A tree as nested literals, for random generation. */
export type Sketch = {
  readonly [name: string]: { readonly file: Omit<NaiveNode, 'kind'> } | { readonly folder: Sketch }
}

export function flatten(sketch: Sketch, prefix = ''): Map<string, NaiveNode> {
  const tree = new Map<string, NaiveNode>()
  for (const [name, node] of Object.entries(sketch)) {
    const path = prefix + name
    if ('file' in node) tree.set(path, { kind: 'file', ...node.file })
    else {
      tree.set(path, { kind: 'directory', size: 0, mtime: 1, permissions: 0o755 })
      for (const [below, each] of flatten(node.folder, `${path}/`)) tree.set(below, each)
    }
  }
  return tree
}

export async function* entriesOf(sketch: Sketch): AsyncGenerator<IndexEntry> {
  for (const [name, node] of Object.entries(sketch)) {
    if ('file' in node) yield indexEntry('file', name, node.file)
    else {
      yield indexEntry('directory', name, { size: 0, mtime: 1, permissions: 0o755 })
      yield* entriesOf(node.folder)
      yield { kind: 'leave' }
    }
  }
}

/** The same, torn off by an error. */
export async function* cutOff(sketch: Sketch, after: number) {
  let count = 0
  for await (const entry of entriesOf(sketch)) {
    if (count++ >= after) throw new Error('cut off')
    yield entry
  }
  throw new Error('cut off')
}

export function indexEntry(kind: 'file' | 'directory', name: string, facts: Omit<NaiveNode, 'kind'>): IndexEntry {
  return {
    kind,
    name: pathTextToBytes(name),
    sizeBytes: BigInt(facts.size),
    mtimeNs: BigInt(facts.mtime),
    permissions: facts.permissions,
    uid: 0,
    gid: 0,
  }
}

export const testRepositoryId = repositoryId.parse(randomUUID())

export function detailsAt(
  time: number,
  repository: RepositoryId = testRepositoryId,
  backupId = 'laptop',
): SnapshotDetails {
  return {
    repositoryId: repository,
    ref: { namespace: '', type: 'host', backupId, time },
    archives: [],
    sizeBytes: 0,
    notes: '',
    protected: false,
  }
}

export function childrenOf(tree: NaiveTree, folder: string): string[] {
  const prefix = folder === '' ? '' : `${folder}/`
  return [...tree.keys()].filter(
    (path) => path.startsWith(prefix) && path !== folder && !path.slice(prefix.length).includes('/'),
  )
}

/** Folders first, then the largest first. */
export function bySize(a: NaiveNode, b: NaiveNode): number {
  return Number(b.kind === 'directory') - Number(a.kind === 'directory') || b.size - a.size
}

export function naiveChange(before: NaiveNode | undefined, after: NaiveNode | undefined) {
  if (before === undefined) return after === undefined ? 'identical' : 'added'
  if (after === undefined) return 'removed'
  const isContent = before.kind !== after.kind || before.size !== after.size || before.mtime !== after.mtime
  if (isContent) return 'changed'
  return before.permissions === after.permissions ? 'identical' : 'metadata'
}

/** A folder that is in both counts as changed when anything below it did. */
export function naiveEntryChange(before: NaiveTree, now: NaiveTree, path: string) {
  const own = naiveChange(before.get(path), now.get(path))
  if (now.get(path)?.kind !== 'directory' || own === 'added' || own === 'changed') return own
  const below = new Set([...before.keys(), ...now.keys()])
  return [...below].some(
    (each) => each.startsWith(`${path}/`) && naiveChange(before.get(each), now.get(each)) !== 'identical',
  )
    ? 'changed'
    : own
}

/** Sums of what is at `path` and below it. */
export function naiveTotals(older: NaiveTree, newer: NaiveTree, path: string): ChangeTotals {
  const sum = {
    added: 0,
    changed: 0,
    removed: 0,
    metadata: 0,
    addedBytes: 0,
    changedBytes: 0,
    changedFromBytes: 0,
    removedBytes: 0,
  }
  const fileAt = (tree: NaiveTree, at: string) => (tree.get(at)?.kind === 'file' ? tree.get(at) : undefined)
  for (const each of new Set([...older.keys(), ...newer.keys()])) {
    if (path !== '' && each !== path && !each.startsWith(`${path}/`)) continue
    const [before, after] = [fileAt(older, each), fileAt(newer, each)]
    const change = naiveChange(before, after)
    if (change === 'identical') continue
    sum[change] += 1
    if (change === 'added') sum.addedBytes += after?.size ?? 0
    if (change === 'removed') sum.removedBytes += before?.size ?? 0
    if (change === 'changed') {
      sum.changedBytes += after?.size ?? 0
      sum.changedFromBytes += before?.size ?? 0
    }
  }
  return sum
}

/** What the paths hold now, and every content they had in any of the trees, once. */
export function naiveSpace(trees: readonly NaiveTree[], now: NaiveTree, isBelow: (path: string) => boolean) {
  const files = [...now].filter(([path, { kind }]) => kind === 'file' && isBelow(path))
  let keptBytes = 0
  for (const path of new Set(trees.flatMap((tree) => [...tree.keys()]))) {
    let before: NaiveNode | undefined
    for (const node of isBelow(path) ? trees.map((tree) => tree.get(path)) : []) {
      // What is gone for a while and comes back as it was has lost its row, or not: its bytes are one content all the same.
      if (node === undefined || node.kind !== 'file') continue
      if (before?.size !== node.size || before.mtime !== node.mtime) keptBytes += node.size
      before = node
    }
  }
  return { files: files.length, bytes: files.reduce((sum, [, { size }]) => sum + size, 0), keptBytes }
}
