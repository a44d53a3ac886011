import { join } from 'node:path'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { openDatabase } from '../../catalog/database/open-database.ts'
import { forgetSnapshot } from '../../catalog/index/forget.ts'
import { ingestSnapshot } from '../../catalog/index/ingest.ts'
import { lineageIdOf } from '../../catalog/index/natural-ids.ts'
import { indexKind } from '../../catalog/index/schema.ts'
import { createSnapshotStore } from '../../catalog/index/snapshot-store.ts'
import { indexEntries } from './index-entries.ts'
import type { IndexedSnapshot, SnapshotIndex } from './job-tools.ts'
import { detailsOf } from './stored-details.ts'

const pageSize = 1000

/** The index of a data folder, opened for one job. */
export function openSnapshotIndex(dataDirectory: string): SnapshotIndex {
  const db = openDatabase(join(dataDirectory, 'index.sqlite'), indexKind)
  const store = createSnapshotStore(db)
  const number = db.prepare<[string], number>('SELECT id FROM snapshot WHERE uuid = ?').pluck()
  return {
    put: (repositoryId, stored, facts) => store.putSnapshot(detailsOf(repositoryId, stored, facts)),
    async ingest(id, reader, signal) {
      await ingestSnapshot(db, id, indexEntries(reader, signal), signal)
    },
    async forget(id: SnapshotId, signal) {
      const row = number.get(id)
      if (row !== undefined) await forgetSnapshot(db, row, signal)
    },
    list(repositoryId) {
      const all: IndexedSnapshot[] = []
      for (const { id } of store.lineages(repositoryId)) {
        let before: number | undefined
        while (true) {
          const page = store.snapshots({ lineageId: id, before, limit: pageSize })
          all.push(...page.map(indexedSnapshot))
          if (page.length < pageSize) break
          before = page.at(-1)?.ref.time
        }
      }
      return all
    },
    find(id) {
      const snapshot = store.snapshot(id)
      return snapshot === undefined ? undefined : indexedSnapshot(snapshot)
    },
    newest(repositoryId, group) {
      const [newest] = store.snapshots({ lineageId: lineageIdOf(repositoryId, group), limit: 1 })
      const entries = newest?.counts?.seen ?? newest?.files
      return newest === undefined || entries === undefined ? undefined : { entries, bytes: newest.sizeBytes }
    },
    close: () => void db.close(),
  }
}

function indexedSnapshot({ id, lineageId, repositoryId, ref, indexed }: Snapshot): IndexedSnapshot {
  return { id, lineageId, repositoryId, ref, indexed }
}
