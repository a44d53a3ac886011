import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { inspectSnapshot } from '../../storage/datastore/snapshot-list.ts'
import { findAdoptedByRef } from './adopted-snapshots.ts'
import type { LocalCasync } from './stored-snapshots.ts'

/** These are over in a moment. */
const never = AbortSignal.any([])

/** What casync made belongs to whoever made it. Throws `snapshot/protected`. */
export async function refuseAdopted(casync: LocalCasync, ref: SnapshotRef): Promise<void> {
  if ((await inspectSnapshot(casync.snapshots, ref)) !== undefined) return
  const adopted = await findAdoptedByRef(casync.places, ref, never)
  if (adopted === undefined) return
  throw new HoldfastError('snapshot/protected', {
    detail: `${formatSnapshotRef(ref)} was made by casync, not by Holdfast.`,
    hint: `To give it up, remove ${adopted.file}; what only it needs goes when garbage is collected.`,
  })
}
