import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { removeEmptyGroup } from '../../../../storage/datastore/group-dir.ts'
import type { GroupRef } from '../../../../storage/datastore/layout.ts'
import { forgetSnapshot } from '../../../../storage/datastore/snapshot-dir.ts'
import { listSnapshots } from '../../../../storage/datastore/snapshot-list.ts'
import type { ServedDatastore } from '../server-context.ts'

export interface RemovedGroup {
  readonly removed: number
  /** Protected snapshots stay, and the group with them. */
  readonly protected: number
  readonly isGone: boolean
}

/** Removes the snapshots of a group that are not protected. Throws `repository/locked` while one is in use. */
export async function removeGroup({ store }: ServedDatastore, group: GroupRef): Promise<RemovedGroup> {
  let [removed, kept] = [0, 0]
  for await (const { ref } of listSnapshots(store, group)) {
    try {
      await forgetSnapshot(store, ref)
      removed++
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'snapshot/protected')) throw error
      kept++
    }
  }
  if (kept > 0) return { removed, protected: kept, isGone: false }
  // The last snapshot took the folder along; one that PBS 3 left empty is still there.
  const lock = await store.locks.lockGroup(group)
  try {
    await removeEmptyGroup(store, group)
  } finally {
    await lock.release()
  }
  return { removed, protected: 0, isGone: true }
}
