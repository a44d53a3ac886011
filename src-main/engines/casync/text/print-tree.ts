import type { TreeEntry } from '../../../archive/tree.ts'
import { describeEntry } from './described-node.ts'
import { listLine, type MtreeStyle, mtreeLine } from './tree-lines.ts'

export type PrintTreeOptions = {
  /** Where the first entry is, from the root of the archive. */
  readonly path?: Uint8Array | undefined
} & (
  | {
      readonly how: 'list'
      /** Without it the first entry and its children. */
      readonly isRecursive?: boolean | undefined
    }
  | {
      readonly how: 'mtree'
      /** Asked for with the first entry, when the flags of an archive are known. */
      readonly style: () => MtreeStyle
    }
)

const noName = new Uint8Array(0)
const slash = Uint8Array.of(0x2f)

/** A line for every node, as `casync list` and `casync mtree` print them. */
export async function* printTree(
  entries: AsyncIterable<TreeEntry>,
  options: PrintTreeOptions,
): AsyncGenerator<string, void, undefined> {
  const { path: start = noName } = options
  /** Of the open directories. */
  const folders: Uint8Array[] = []
  for await (const entry of entries) {
    if (entry.kind === 'leave') folders.pop()
    const node = describeEntry(entry)
    if (node === undefined) continue
    const above = folders.at(-1)
    const path = above === undefined ? start : joinPath(above, node.name)
    if (node.kind === 'directory') folders.push(path)
    if (options.how === 'mtree') yield await mtreeLine(path, node, options.style())
    else if (options.isRecursive !== false || folders.length <= (node.kind === 'directory' ? 2 : 1)) {
      yield listLine(path, node)
    }
  }
}

function joinPath(folder: Uint8Array, name: Uint8Array): Uint8Array {
  return folder.length === 0 ? name : Buffer.concat([folder, slash, name])
}
