import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { formatSnapshotRef, MANIFEST_NAME } from '../../../storage/datastore/layout.ts'
import type { BucketStore } from '../bucket-store.ts'
import { snapshotFileName } from '../object-names.ts'
import { readSnapshotObject } from '../snapshot-listing.ts'

/** Under the lock nobody else of ours changes it; some other program may, but not this often. */
const MAX_ATTEMPTS = 8

/**
 * Changes the manifest in place, for what its signature does not cover. It is only ever put in the place of the one it was made
 * of: a snapshot that is forgotten meanwhile stays forgotten. Throws `snapshot/unknown`, `repository/locked`.
 */
export async function changeManifest(
  { bucket, locks }: BucketStore,
  ref: SnapshotRef,
  change: (manifest: Uint8Array) => Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const lock = await locks.acquire({ kind: 'change', ref }, signal, { isPatient: true })
  try {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { bytes, etag } = await readSnapshotObject(bucket, ref, MANIFEST_NAME, signal)
      if (await bucket.put(snapshotFileName(ref, MANIFEST_NAME), change(bytes), signal, { ifMatch: etag })) return
    }
  } finally {
    await lock.release()
  }
  throw new HoldfastError('repository/locked', { detail: `${formatSnapshotRef(ref)} keeps changing.` })
}
