import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { checkOrder } from '../../storage/datastore/snapshot-draft.ts'
import type { SnapshotListing } from '../../storage/datastore/snapshot-list.ts'
import type { ChunkCache } from '../pxar-snapshot/chunk-cache.ts'
import type { NewSnapshot } from '../pxar-snapshot/snapshot-backend.ts'
import type { BucketStore } from './bucket-store.ts'
import { createS3Snapshot, removeUnfinished } from './new-snapshot.ts'
import { ownerName } from './object-names.ts'
import { listNamespaces, listSnapshots } from './snapshot-listing.ts'
import { openS3Files } from './stored-files.ts'

export interface StartOptions {
  /** Auth id that a new group gets. */
  readonly owner: string
  readonly cache: ChunkCache | undefined
}

/**
 * Starts a snapshot as a datastore on disk does (spec pbs §1.6): locks the group and the base, clears away what a crash left.
 * Throws `repository/locked`, `path/not-found` for the namespace, `snapshot/exists`, and `input/invalid` when the group has a
 * newer snapshot.
 */
export async function startS3Snapshot(
  { bucket, locks, now }: BucketStore,
  ref: SnapshotRef,
  { owner, cache }: StartOptions,
  signal: AbortSignal,
): Promise<NewSnapshot> {
  await requireNamespace(bucket, ref.namespace, signal)
  const lock = await locks.acquire({ kind: 'write', group: ref }, signal, { isPatient: true })
  try {
    let newest: SnapshotListing | undefined
    for await (const listing of listSnapshots(bucket, ref, signal)) {
      if (listing.isFinished) newest = listing
      else await removeUnfinished(bucket, listing.ref) // nobody else writes to this group
    }
    if (newest !== undefined) checkOrder(ref, newest.ref)
    await bucket.put(ownerName(ref), Buffer.from(`${owner}\n`), signal, { isNew: true }) // that of a group stays
    const base = newest && (await lockBase(newest.ref))
    const running = AbortSignal.any([signal, lock.lost])
    return createS3Snapshot({ ref, bucket, base, lock, now, signal: running })
  } catch (error) {
    await lock.release()
    throw error
  }

  async function lockBase(base: SnapshotRef) {
    const held = await locks.acquire({ kind: 'read', ref: base }, signal, { isPatient: true })
    return openS3Files(bucket, { ref: base, cache, release: () => held.release() })
  }
}

/** A namespace is never made by writing into it (spec pbs §1.6). */
async function requireNamespace(bucket: BucketStore['bucket'], namespace: string, signal: AbortSignal): Promise<void> {
  if (namespace === '') return
  const parent = namespace.slice(0, Math.max(0, namespace.lastIndexOf('/')))
  for await (const found of listNamespaces(bucket, parent, signal)) if (found === namespace) return
  throw new HoldfastError('path/not-found', { detail: `The namespace ${JSON.stringify(namespace)}.` })
}
