import type { TreeEntry } from '../tree.ts'
import { ExcludeRules } from './exclude-rules.ts'

/**
 * A tree without what its `.caexclude` files leave out, and without anything below that. `readExcludeFile` gives the
 * content of the file of a folder, by the names from the root, before its children come; undefined when there is none.
 */
export async function* excludeEntries(
  entries: AsyncIterable<TreeEntry>,
  readExcludeFile: (folder: readonly Uint8Array[]) => Promise<Uint8Array | undefined>,
): AsyncGenerator<TreeEntry, void, undefined> {
  const path: Uint8Array[] = []
  /** Of the open folders. */
  const open: ExcludeRules[] = []
  /** How deep in a folder that is left out. */
  let skippedDepth = 0
  for await (const entry of entries) {
    if (skippedDepth > 0) {
      if (entry.kind === 'directory') skippedDepth++
      else if (entry.kind === 'leave') skippedDepth--
      continue
    }
    if (entry.kind === 'leave') {
      open.pop()
      path.pop()
      yield entry
      continue
    }
    const isDirectory = entry.kind === 'directory'
    const name = Buffer.from(entry.name).toString('latin1')
    const rules = open.at(-1)
    if (rules?.isExcluded(name, isDirectory) === true) {
      if (isDirectory) skippedDepth = 1
      continue
    }
    if (isDirectory) {
      if (rules !== undefined) path.push(entry.name)
      const file = await readExcludeFile([...path])
      const inherited = rules?.enter(name) ?? ExcludeRules.none
      open.push(file === undefined ? inherited : inherited.with(file))
    }
    yield entry
  }
}
