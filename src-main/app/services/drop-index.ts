import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'
import type { IndexWriter } from '../../catalog/index/open-index.ts'

/** Takes all snapshots of a repository out of the index; the repository itself keeps them. */
export async function dropIndex(
  { reader, index }: { readonly reader: IndexReader; readonly index: IndexWriter },
  id: RepositoryId,
  signal = new AbortController().signal,
): Promise<void> {
  for (const lineage of await reader.lineages(id)) {
    while (true) {
      const page = await reader.snapshots({ lineageId: lineage.id, limit: 1000 })
      if (page.length === 0) break
      for (const snapshot of page) await index.forget(snapshot.id, signal)
    }
  }
}
