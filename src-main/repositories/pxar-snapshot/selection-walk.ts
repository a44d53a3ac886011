import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { PxarAccessor, PxarFile, PxarNode } from '../../archive/pxar/accessor.ts'
import { readForward } from '../../archive/pxar/payload.ts'
import type { FileContent, TreeEntry } from '../../archive/tree.ts'
import type { PayloadReader } from './payload-reader.ts'

export interface SelectionWalkOptions {
  readonly select: readonly (readonly Uint8Array[])[]
  /** Reads contents of a split archive. */
  readonly contents: PayloadReader | undefined
}

/** What is wanted below a directory: all of it, or some names, by their latin1 text. */
type Wanted = 'all' | Map<string, Wanted>

/**
 * Parts of an archive as a tree, found by its tables: what is not wanted is not read. Hard links whose first name is not
 * wanted come as the file itself, further names of it as links to that. Throws `path/not-found` for a path that is not
 * in the archive, after what is.
 */
export async function* walkSelection(
  accessor: PxarAccessor,
  { select, contents }: SelectionWalkOptions,
  signal: AbortSignal,
): AsyncGenerator<TreeEntry, void, undefined> {
  const wanted = gather(select)
  const missing: string[] = []
  /** Path under which a linked file was handed over, by its place in the archive. */
  const links = new Map<bigint, Uint8Array>()

  async function* walk(node: PxarNode, below: Wanted, path: readonly Uint8Array[]): AsyncGenerator<TreeEntry> {
    if (node.kind !== 'directory') {
      if (below === 'all') yield leaf(node, path)
      else missing.push(...below.keys())
      return
    }
    const { name, metadata } = node
    yield { kind: 'directory', name, metadata }
    const found = new Set<string>()
    for await (const child of accessor.list(node, signal)) {
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

  function leaf(node: Exclude<PxarNode, { readonly kind: 'directory' }>, path: readonly Uint8Array[]): TreeEntry {
    if (node.kind !== 'file') return node
    const { name, linkedTo } = node
    if (linkedTo !== undefined) {
      const target = isWanted(wanted, linkedTo) ? linkedTo : links.get(node.start)
      if (target !== undefined) return { kind: 'hardlink', name, target }
      links.set(node.start, join(path))
    }
    const { metadata, sizeBytes } = node
    return { kind: 'file', name, metadata, sizeBytes, open: () => open(node) }
  }

  function open(file: PxarFile): FileContent | Promise<FileContent> {
    const { content } = file
    if (content.stream === 'payload' && contents !== undefined) return contents.open(content.ref)
    return accessor.open(file, signal).then((bytes) => readForward(bytes, signal))
  }

  yield* walk(accessor.root, wanted, [])
  const [first] = missing
  if (first !== undefined) {
    throw new HoldfastError('path/not-found', { detail: bytesToPathText(Buffer.from(first, 'latin1')) })
  }
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
