import type { PxarAccessor, PxarDirectory, PxarFile, PxarNode } from '../../archive/pxar/accessor.ts'
import type { PxarFileEntry } from '../../archive/pxar/pxar-entry.ts'
import { readForward } from '../../archive/read-forward.ts'
import type { FileContent, TreeEntry } from '../../archive/tree.ts'
import type { PayloadReader } from './payload-reader.ts'
import { walkSelection } from './selection-walk.ts'

export interface SelectPxarOptions {
  readonly select: readonly (readonly Uint8Array[])[]
  /** Reads contents of a split archive. */
  readonly contents: PayloadReader | undefined
}

/**
 * Parts of a pxar archive. Hard links whose first name is not wanted come as the file itself, further names of it as
 * links to that.
 */
export function selectPxar(
  accessor: PxarAccessor,
  { select, contents }: SelectPxarOptions,
  signal: AbortSignal,
): AsyncGenerator<TreeEntry, void, undefined> {
  /** Path under which a linked file was handed over, by its place in the archive. */
  const links = new Map<bigint, Uint8Array>()

  function leaf(node: PxarLeaf, path: Uint8Array, isWanted: (path: Uint8Array) => boolean): TreeEntry {
    if (node.kind !== 'file') return node
    const { name, linkedTo } = node
    if (linkedTo !== undefined) {
      const target = isWanted(linkedTo) ? linkedTo : links.get(node.start)
      if (target !== undefined) return { kind: 'hardlink', name, target }
      links.set(node.start, path)
    }
    const { metadata, sizeBytes, content } = node
    const payload = content.stream === 'payload' ? content.ref : undefined
    const entry: PxarFileEntry = { kind: 'file', name, metadata, sizeBytes, payload, open: () => open(node) }
    return entry
  }

  function open(file: PxarFile): FileContent | Promise<FileContent> {
    const { content } = file
    if (content.stream === 'payload' && contents !== undefined) return contents.open(content.ref)
    return accessor.open(file, signal).then((bytes) => readForward(bytes, signal))
  }

  return walkSelection<PxarDirectory, PxarLeaf>(accessor, { select, leaf }, signal)
}

type PxarLeaf = Exclude<PxarNode, { readonly kind: 'directory' }>
