import type { CatarAccessor, CatarDirectory, CatarNode } from '../../archive/catar/accessor.ts'
import type { CatarFileEntry } from '../../archive/catar/catar-entry.ts'
import { readForward } from '../../archive/read-forward.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { walkSelection } from '../pxar-snapshot/selection-walk.ts'

/** Parts of a catar, found by its tables. */
export function selectCatar(
  accessor: CatarAccessor,
  select: readonly (readonly Uint8Array[])[],
  signal: AbortSignal,
): AsyncGenerator<TreeEntry, void, undefined> {
  const leaf = (node: CatarLeaf): TreeEntry => {
    if (node.kind !== 'file') return node
    const contentStart = Number(node.contentStart) // inside an archive that was opened, so it can be counted
    const open = () => readForward(accessor.open(node), signal)
    const entry: CatarFileEntry = { ...node, contentStart, streamStart: contentStart, open }
    return entry
  }
  return walkSelection<CatarDirectory, CatarLeaf>(accessor, { select, leaf }, signal)
}

type CatarLeaf = Exclude<CatarNode, { readonly kind: 'directory' }>
