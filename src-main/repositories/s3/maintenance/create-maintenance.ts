import { createCalendar } from '../../../storage/datastore/local-calendar.ts'
import { pruneSnapshots } from '../../../storage/datastore/prune-group.ts'
import { verifyStore } from '../../../storage/datastore/verify.ts'
import { changeUnprotected } from '../../../storage/manifest.ts'
import { createVerification, type VerificationTools } from '../../pxar-snapshot/store-verification.ts'
import type { Maintenance, PruneDecision } from '../../repository.ts'
import type { BucketStore } from '../bucket-store.ts'
import { listGroups, listSnapshots } from '../snapshot-listing.ts'
import { changeManifest } from './change-manifest.ts'
import { collectGarbage } from './collect-garbage.ts'
import { forgetSnapshot } from './forget-snapshot.ts'
import { createGroupKeeping } from './group-keeping.ts'
import { markAffected } from './mark-affected.ts'
import { setProtected } from './set-protected.ts'
import { verifiedBucket } from './verified-bucket.ts'

/** Each chunk is a request that mostly waits. */
const MIN_READS_AT_ONCE = 16

/** These are over in a moment; the bucket ends requests that hang. */
const never = AbortSignal.any([])

/**
 * What a bucket can do besides keeping snapshots. It has no `usage`: nobody says how much there may still be put into one, and
 * what is in it is known only by listing everything.
 */
export function createS3Maintenance(store: BucketStore, tools: VerificationTools): Maintenance {
  const { bucket } = store
  return {
    verify: createVerification(async (wanted, signal) => {
      const concurrency = Math.max(wanted.concurrency, MIN_READS_AT_ONCE)
      const verified = verifiedBucket(store, signal)
      const report = await verifyStore(verified, { ...wanted, concurrency }, signal)
      await markAffected(verified, report, wanted.taskId)
      return report
    }, tools),

    async prune({ namespace, type, backupId }, retention, { dryRun }, signal) {
      const decisions: PruneDecision[] = []
      const rules = { retention, calendar: createCalendar(), isDryRun: dryRun }
      for await (const group of listGroups(bucket, namespace, signal)) {
        if ((type ?? group.type) !== group.type || (backupId ?? group.backupId) !== group.backupId) continue
        const pruned = await pruneSnapshots(
          {
            snapshots: () => listSnapshots(bucket, group, signal),
            forget: (ref) => forgetSnapshot(store, ref, signal),
          },
          rules,
          signal,
        )
        decisions.push(...pruned.map(({ ref, keep, isProtected }) => ({ ref, keep, protected: isProtected })))
      }
      return decisions
    },

    collectGarbage: (observer, signal) =>
      collectGarbage(store, { onProgress: (done, total) => observer.progress(done, total) }, signal),

    forget: (ref) => forgetSnapshot(store, ref, never),
    protect: (ref, isProtected) => setProtected(store, ref, isProtected, never),
    setNotes: (ref, notes) => changeManifest(store, ref, (blob) => changeUnprotected(blob, { notes }), never),

    groups: createGroupKeeping(store),
  }
}
