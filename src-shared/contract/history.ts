import { oc } from '@orpc/contract'
import { z } from 'zod'
import { snapshotPath } from '../model/entry.ts'
import { count, lineageId, planId, repositoryId } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { raises } from './raises.ts'

const paths = z.array(snapshotPath.min(1)).min(1).max(1000)

/** What the catalog knows of paths that somebody may want to be rid of. */
export const removalPreview = z.object({
  /** False where a snapshot stays as it was written, as on a Proxmox Backup Server. */
  canRemove: z.boolean(),
  /** That hold any of the paths. */
  snapshots: count,
  protectedSnapshots: count,
  /** Of the same source, not in the catalog: what they hold shows when they are looked into. */
  unreadSnapshots: count,
  /** Of the files themselves; of a folder the folder counts as one. */
  versions: count,
  /** Every content once, before deduplication and compression. */
  bytes: count,
  /** Whose next run would bring the paths back. What is left out of one of its folders is left out of all at that place. */
  plan: z.object({ id: planId, name: z.string(), folders: count }).optional(),
})
export type RemovalPreview = z.infer<typeof removalPreview>

export const historyContract = {
  preview: oc
    .input(z.object({ lineageId, paths }))
    .output(removalPreview)
    .errors(raises('snapshot/unknown', 'repository/unknown', 'input/invalid')),
  /** Takes files and folders out of every snapshot of these groups, as if they had never been backed up. */
  remove: oc
    .input(
      z.object({
        repositoryId,
        lineageIds: z.array(lineageId).min(1).max(1000),
        paths,
        includeProtected: z.boolean().default(false),
        /** Only says what would be done. */
        dryRun: z.boolean().default(false),
        /** The plans that feed the groups leave the paths out from now on. */
        excludeFromPlans: z.boolean().default(false),
      }),
    )
    .output(job)
    .errors(
      raises(
        'snapshot/unknown',
        'repository/unknown',
        'repository/unsupported',
        'repository/unreachable',
        'input/invalid',
      ),
    ),
}
