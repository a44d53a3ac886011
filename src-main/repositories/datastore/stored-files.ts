import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { Datastore } from '../../storage/datastore/datastore.ts'
import { readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { ownBytes } from '../pxar-snapshot/own-bytes.ts'
import type { SnapshotFiles } from '../pxar-snapshot/snapshot-backend.ts'

/** A snapshot of a datastore, for reading. `release` lets go of whatever keeps it from being removed. */
export function openStoredFiles(
  store: Datastore,
  ref: SnapshotRef,
  release: () => Promise<void> = () => Promise.resolve(),
): SnapshotFiles {
  return {
    async file(filename, signal) {
      signal.throwIfAborted()
      return await readSnapshotFile(store, ref, filename)
    },
    async chunk(digest, signal) {
      signal.throwIfAborted()
      return ownBytes(await store.chunks.read(digest))
    },
    close: release,
  }
}
