import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { formatSnapshotRef } from '../../../storage/datastore/layout.ts'
import type { BucketStore } from '../bucket-store.ts'
import { protectedName } from '../object-names.ts'
import { inspectSnapshot } from '../snapshot-listing.ts'

/** Throws `snapshot/unknown`, and `repository/locked` while it is being removed. */
export async function setProtected(
  { bucket, locks }: BucketStore,
  ref: SnapshotRef,
  isProtected: boolean,
  signal: AbortSignal,
): Promise<void> {
  const lock = await locks.acquire({ kind: 'change', ref }, signal, { isPatient: true })
  try {
    if ((await inspectSnapshot(bucket, ref, signal))?.isFinished !== true) {
      throw new HoldfastError('snapshot/unknown', { detail: formatSnapshotRef(ref) })
    }
    await lock.confirm(signal)
    if (isProtected) await bucket.put(protectedName(ref), new Uint8Array(), signal)
    else await bucket.delete([protectedName(ref)], signal)
  } finally {
    await lock.release()
  }
}
