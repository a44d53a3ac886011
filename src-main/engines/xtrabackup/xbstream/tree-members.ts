import { HoldfastError } from '../../../../src-shared/errors.ts'
import { bytesToPathText } from '../../../../src-shared/model/path-text.ts'
import type { TreeEntry } from '../../../archive/tree.ts'
import type { XbMember } from './xbstream-writer.ts'

/** The files of a tree as members of a stream. A backup holds nothing but files and folders. */
export async function* treeMembers(entries: AsyncIterable<TreeEntry>): AsyncGenerator<XbMember> {
  const folders: string[] = []
  for await (const entry of entries) {
    switch (entry.kind) {
      case 'directory':
        if (entry.name.length > 0) folders.push(bytesToPathText(entry.name))
        break
      case 'leave':
        folders.pop()
        break
      case 'file':
        yield {
          path: [...folders, bytesToPathText(entry.name)].join('/'),
          sizeBytes: entry.sizeBytes,
          open: () => entry.open(),
        }
        break
      default:
        throw new HoldfastError('archive/corrupt', {
          detail: `A backup of a database has no ${entry.kind}: ${bytesToPathText(entry.name)}`,
        })
    }
  }
}
