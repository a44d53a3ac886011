import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { Metadata, TreeEntry } from '../../archive/tree.ts'

/** An archive that can be looked into from its root, by its tables. */
export interface BrowsableTree<Directory extends DirectoryNode, Leaf extends LeafNode> {
  readonly root: Directory
  list(directory: Directory, signal: AbortSignal): AsyncIterable<Directory | Leaf>
}

interface DirectoryNode {
  readonly kind: 'directory'
  readonly name: Uint8Array
  readonly metadata: Metadata
}

interface LeafNode {
  readonly kind: Exclude<TreeEntry['kind'], 'directory' | 'leave'>
  readonly name: Uint8Array
}

export interface SelectionWalkOptions<Leaf> {
  /** Everything below these paths; the empty path is the whole tree. */
  readonly select: readonly (readonly Uint8Array[])[]
  /** The entry for a node, which is at `path`. `isWanted` tells whether a path from the root is handed over as well. */
  leaf(node: Leaf, path: Uint8Array, isWanted: (path: Uint8Array) => boolean): TreeEntry
}

/** What is wanted below a directory: all of it, or some names, by their latin1 text. */
type Wanted = 'all' | Map<string, Wanted>

/**
 * Parts of an archive as a tree, found by its tables: what is not wanted is not read. Throws `path/not-found` for a path
 * that is not in the archive, after what is.
 */
export async function* walkSelection<Directory extends DirectoryNode, Leaf extends LeafNode>(
  tree: BrowsableTree<Directory, Leaf>,
  { select, leaf }: SelectionWalkOptions<Leaf>,
  signal: AbortSignal,
): AsyncGenerator<TreeEntry, void, undefined> {
  const wanted = gather(select)
  const missing: string[] = []
  const isHandedOver = (path: Uint8Array): boolean => isWanted(wanted, path)

  async function* walk(
    node: Directory | Leaf,
    below: Wanted,
    path: readonly Uint8Array[],
  ): AsyncGenerator<TreeEntry, void, undefined> {
    if (!isDirectory(node)) {
      if (below === 'all') yield leaf(node, join(path), isHandedOver)
      else missing.push(...below.keys())
      return
    }
    const { name, metadata } = node
    yield { kind: 'directory', name, metadata }
    const found = new Set<string>()
    for await (const child of tree.list(node, signal)) {
      const key = keyOf(child.name)
      const next = below === 'all' ? 'all' : below.get(key)
      if (next === undefined) continue
      found.add(key)
      yield* walk(child, next, [...path, child.name])
      if (below !== 'all' && found.size === below.size) break
    }
    if (below !== 'all') missing.push(...[...below.keys()].filter((key) => !found.has(key)))
    yield { kind: 'leave' }
  }

  yield* walk(tree.root, wanted, [])
  const [first] = missing
  if (first !== undefined) {
    throw new HoldfastError('path/not-found', { detail: bytesToPathText(Buffer.from(first, 'latin1')) })
  }
}

function isDirectory<Directory extends DirectoryNode>(node: Directory | LeafNode): node is Directory {
  return node.kind === 'directory'
}

function gather(select: readonly (readonly Uint8Array[])[]): Wanted {
  const root = new Map<string, Wanted>()
  for (const path of select) {
    let at = root
    let isCovered = path.length === 0
    if (isCovered) return 'all'
    path.forEach((name, depth) => {
      if (isCovered) return
      const key = keyOf(name)
      const known = at.get(key)
      if (depth === path.length - 1) at.set(key, 'all')
      else if (known === 'all') isCovered = true
      else {
        const next: Map<string, Wanted> = known ?? new Map<string, Wanted>()
        at.set(key, next)
        at = next
      }
    })
  }
  return root
}

function isWanted(wanted: Wanted, path: Uint8Array): boolean {
  let at: Wanted | undefined = wanted
  for (const part of keyOf(path).split('/')) {
    if (at === 'all' || at === undefined) break
    at = at.get(part)
  }
  return at === 'all'
}

function join(path: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(path.map(keyOf).join('/'), 'latin1')
}

function keyOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')
}
