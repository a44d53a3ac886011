import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { lineageIdOf } from '../../catalog/index/natural-ids.ts'
import { openIndex } from '../../catalog/index/open-index.ts'
import type { SnapshotStore } from '../../catalog/index/snapshot-store.ts'
import { indexEntries } from './index-entries.ts'
import type { IndexedSnapshot, SnapshotIndex } from './job-tools.ts'
import { detailsOf } from './stored-details.ts'

const pageSize = 1000

/** The index of a data folder, opened for one job. */
export function openSnapshotIndex(dataDirectory: string): SnapshotIndex {
  const index = openIndex(dataDirectory)
  const store = index.snapshots
  return {
    put: (repositoryId, stored, facts) => store.putSnapshot(detailsOf(repositoryId, stored, facts)),
    replace: (repositoryId, stored) => store.replaceSnapshot(detailsOf(repositoryId, stored)),
    async ingest(id, reader, signal) {
      await index.ingest(id, indexEntries(reader, signal), signal)
    },
    repeat: (id, predecessor, signal) => index.repeat(id, predecessor, signal),
    forget: (id, signal) => index.forget(id, signal),
    list: (repositoryId) => allSnapshots(store, repositoryId).map(indexedSnapshot),
    find(id) {
      const snapshot = store.snapshot(id)
      return snapshot === undefined ? undefined : indexedSnapshot(snapshot)
    },
    newest(repositoryId, group) {
      const [newest] = store.snapshots({ lineageId: lineageIdOf(repositoryId, group), limit: 1 })
      const entries = newest?.counts?.seen ?? newest?.files
      if (newest === undefined || entries === undefined) return undefined
      return { id: newest.id, archives: newest.archives, entries, bytes: newest.sizeBytes }
    },
    history(id, limit) {
      const snapshot = store.snapshot(id)
      if (snapshot === undefined) return []
      return store.snapshots({ lineageId: snapshot.lineageId, before: snapshot.ref.time + 1, limit })
    },
    commonEnding: (id, older) => index.commonEnding(id, older),
    protect: (id) => store.patchSnapshot(id, { protected: true }),
    close: () => index.close(),
  }
}

/** Whatever their number; a page of the store holds a thousand. */
function allSnapshots(store: SnapshotStore, repositoryId: RepositoryId): Snapshot[] {
  const all: Snapshot[] = []
  for (const { id } of store.lineages(repositoryId)) {
    let before: number | undefined
    while (true) {
      const page = store.snapshots({ lineageId: id, before, limit: pageSize })
      all.push(...page)
      if (page.length < pageSize) break
      before = page.at(-1)?.ref.time
    }
  }
  return all
}

function indexedSnapshot({ id, lineageId, repositoryId, ref, archives, indexed }: Snapshot): IndexedSnapshot {
  return { id, lineageId, repositoryId, ref, archives, indexed }
}
