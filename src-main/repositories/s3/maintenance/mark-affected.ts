import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { VerifiedStore } from '../../../storage/datastore/verified-store.ts'
import type { VerifyReport } from '../../../storage/datastore/verify.ts'
import { changeUnprotected } from '../../../storage/manifest.ts'
import { snapshotPrefix } from '../object-names.ts'

/**
 * Notes damage also in the snapshots that a verification passed over, where they share what it found: a backup takes the chunks of
 * its base for present without asking, unless the base is known to be damaged (known-chunks.ts).
 */
export async function markAffected(
  store: Pick<VerifiedStore, 'changeManifest'>,
  { snapshots, affected }: Pick<VerifyReport, 'snapshots' | 'affected'>,
  taskId: string,
): Promise<void> {
  const isMarked = new Set(snapshots.filter(({ state }) => state === 'failed').map(({ ref }) => snapshotPrefix(ref)))
  for (const { ref } of affected) {
    if (isMarked.has(snapshotPrefix(ref))) continue
    isMarked.add(snapshotPrefix(ref))
    try {
      const verifyState = { state: 'failed', upid: taskId } as const
      await store.changeManifest(ref, (blob) => changeUnprotected(blob, { verify_state: verifyState }))
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'snapshot/unknown') throw error // it was removed meanwhile
    }
  }
}
