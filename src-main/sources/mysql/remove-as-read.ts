import { rm } from 'node:fs/promises'
import path from 'node:path'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import type { FileEntry, TreeEntry } from '../../archive/tree.ts'

/** A staged tree whose files are removed once their content was read: what was stored needs no room twice. */
export async function* removeAsRead(entries: AsyncIterable<TreeEntry>, root: string): AsyncGenerator<TreeEntry> {
  const folders: string[] = [root]
  for await (const entry of entries) {
    if (entry.kind === 'leave') folders.pop()
    if (entry.kind === 'directory' && entry.name.length > 0)
      folders.push(path.join(folders.at(-1) ?? root, bytesToPathText(entry.name)))
    yield entry.kind === 'file'
      ? removing(entry, path.join(folders.at(-1) ?? root, bytesToPathText(entry.name)))
      : entry
  }
}

function removing(entry: FileEntry, file: string): FileEntry {
  return {
    ...entry,
    async open() {
      const content = await entry.open()
      return {
        read: (into) => content.read(into),
        async close() {
          await content.close()
          await rm(file, { force: true })
        },
      }
    },
  }
}
