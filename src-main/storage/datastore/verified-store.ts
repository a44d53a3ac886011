import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { ChunkStore } from './chunk-store.ts'
import type { Datastore } from './datastore.ts'
import { type ReadOptions, readSnapshotFile, updateManifest } from './snapshot-dir.ts'
import { listGroups, listNamespaces, listSnapshots, type SnapshotListing } from './snapshot-list.ts'

/** What verification needs of a store, wherever its snapshots lie. Where nothing can be written, changes are left out. */
export interface VerifiedStore {
  readonly chunks: Pick<ChunkStore, 'read' | 'setAside'>
  /** Every finished snapshot. */
  finished(): AsyncIterable<SnapshotListing>
  /** Throws as `readSnapshotFile`. */
  readFile(ref: SnapshotRef, filename: string, options?: ReadOptions): Promise<Uint8Array>
  /** Keeps a snapshot from being removed. Undefined while somebody writes or removes it. */
  hold(ref: SnapshotRef): Promise<{ release(): Promise<void> } | undefined>
  /** Puts another manifest in the place of this one; one change at a time. Throws `snapshot/unknown`. */
  changeManifest(ref: SnapshotRef, change: (manifest: Uint8Array) => Uint8Array): Promise<void>
}

/** A datastore on disk, seen by verification. */
export function verifiedDatastore(store: Datastore): VerifiedStore {
  return {
    chunks: store.chunks,
    async *finished() {
      for await (const namespace of listNamespaces(store)) {
        for await (const group of listGroups(store, namespace)) {
          for await (const listing of listSnapshots(store, group)) if (listing.isFinished) yield listing
        }
      }
    },
    readFile: (ref, filename, options) => readSnapshotFile(store, ref, filename, options),
    hold: (ref) => store.locks.tryLockSnapshot(ref, 'shared'),
    changeManifest: (ref, change) => updateManifest(store, ref, change),
  }
}
