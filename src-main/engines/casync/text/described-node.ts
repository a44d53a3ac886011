import type { CatarAccessor, CatarNode } from '../../../archive/catar/accessor.ts'
import type { NodeKind } from '../../../archive/node-kind.ts'
import { readForward } from '../../../archive/read-forward.ts'
import type { FileContent, Metadata, TreeEntry } from '../../../archive/tree.ts'

/** A node of an archive, as far as a line of text is about it. */
export interface DescribedNode {
  readonly kind: NodeKind
  readonly metadata: Metadata
  /** Of a file. */
  readonly sizeBytes?: bigint | undefined
  /** Of a symbolic link. */
  readonly target?: Uint8Array | undefined
  readonly device?: { readonly major: bigint; readonly minor: bigint } | undefined
  /** Of a file: to be asked for once, before the stream it came from goes on. */
  readonly open?: (() => FileContent | Promise<FileContent>) | undefined
}

/** Undefined for the end of a directory, and for hard links, which an archive does not have. */
export function describeEntry(entry: TreeEntry): (DescribedNode & { readonly name: Uint8Array }) | undefined {
  if (entry.kind === 'leave' || entry.kind === 'hardlink') return undefined
  const { kind, name, metadata } = entry
  const base = { kind, name, metadata }
  if (kind === 'file') return { ...base, sizeBytes: entry.sizeBytes, open: () => entry.open() }
  if (kind === 'symlink') return { ...base, target: entry.target }
  return 'major' in entry ? { ...base, device: entry } : base
}

export function describeNode(node: CatarNode, archive: CatarAccessor, signal: AbortSignal): DescribedNode {
  const { kind, metadata } = node
  if (kind === 'file') {
    const open = (): FileContent => readForward(archive.open(node), signal)
    return { kind, metadata, sizeBytes: node.sizeBytes, open }
  }
  if (kind === 'symlink') return { kind, metadata, target: node.target }
  return 'major' in node ? { kind, metadata, device: node } : { kind, metadata }
}
