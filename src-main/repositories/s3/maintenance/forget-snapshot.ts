import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { formatSnapshotRef, type GroupRef, MANIFEST_NAME } from '../../../storage/datastore/layout.ts'
import type { BucketStore } from '../bucket-store.ts'
import type { BucketLock } from '../locks/bucket-locks.ts'
import { groupNotesName, groupPrefix, ownerName, snapshotFileName, snapshotPrefix } from '../object-names.ts'
import { inspectSnapshot } from '../snapshot-listing.ts'

/**
 * Removes a snapshot, finished or left by a crash, and its group with the last one. Chunks stay until garbage is collected.
 * Throws `snapshot/unknown`, `snapshot/protected`, and `repository/locked` while someone writes or reads it or builds on it.
 */
export async function forgetSnapshot(store: BucketStore, ref: SnapshotRef, signal: AbortSignal): Promise<void> {
  const { bucket, locks } = store
  const lock = await locks.acquire({ kind: 'remove', ref }, signal)
  let writing: BucketLock | undefined
  try {
    const running = AbortSignal.any([signal, lock.lost])
    let listing = await inspectSnapshot(bucket, ref, running)
    if (listing?.isFinished === false) {
      // It may be about to be finished. Who holds the lock of its group knows that nobody writes it.
      writing = await locks.acquire({ kind: 'write', group: ref }, running)
      listing = await inspectSnapshot(bucket, ref, running)
    }
    if (listing === undefined) throw new HoldfastError('snapshot/unknown', { detail: formatSnapshotRef(ref) })
    if (listing.isProtected) throw new HoldfastError('snapshot/protected', { detail: formatSnapshotRef(ref) })
    await writing?.confirm(running)
    await lock.confirm(running)
    await removeObjects(store, ref, AbortSignal.any(writing === undefined ? [running] : [running, writing.lost]))
  } finally {
    await writing?.release()
    await lock.release()
  }
  await tidyGroup(store, ref, signal)
}

/**
 * The manifest first and for good, so that after a crash there is either the whole snapshot or one that is not finished and gets
 * cleared away: by the next backup of the group, or the next collection of garbage.
 */
async function removeObjects({ bucket }: BucketStore, ref: SnapshotRef, signal: AbortSignal): Promise<void> {
  await bucket.delete([snapshotFileName(ref, MANIFEST_NAME)], signal)
  const names: string[] = []
  for await (const { name } of bucket.list(snapshotPrefix(ref), signal)) names.push(name)
  await bucket.delete(names, signal)
}

/** A backup that holds the group's lock just now will use the group; then it stays. */
async function tidyGroup({ bucket, locks }: BucketStore, group: GroupRef, signal: AbortSignal): Promise<void> {
  const [owner, notes, prefix] = [ownerName(group), groupNotesName(group), groupPrefix(group)]
  const isEmpty = async () => {
    for await (const { name } of bucket.list(prefix, signal)) if (name !== owner && name !== notes) return false
    return true
  }
  // Before the lock as well: most groups have more snapshots, and a lock is several requests.
  if (!(await isEmpty())) return
  let lock: BucketLock
  try {
    lock = await locks.acquire({ kind: 'write', group }, signal)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'repository/locked') return
    throw error
  }
  try {
    if (!(await isEmpty())) return
    await lock.confirm(signal)
    // The owner last: a group with notes and no owner would belong to whoever comes next.
    await bucket.delete([notes], signal)
    await bucket.delete([owner], signal)
  } finally {
    await lock.release()
  }
}
