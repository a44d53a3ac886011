import { z } from 'zod'
import { count, jobId, planId, repositoryId, timestamp } from './ids.ts'

/** What a restore that nobody needed showed: files brought back into a temporary folder and read a second time. */
export const restoreTest = z.object({
  files: count,
  bytes: count,
  /** Paths that did not come back as they are stored. */
  differing: z.array(z.string()).max(1000),
  /** So many of the files are canaries, and are as they were planted; absent where older versions tested. */
  canaries: count.optional(),
})

/** How sure one may be that the snapshots of a plan come back. `none`: there are no snapshots. */
export const trustState = z.enum(['none', 'unproven', 'partly', 'proven', 'damaged'])
export type TrustState = z.infer<typeof trustState>

/** What is proven of a plan's snapshots in one repository, and since when. */
export const planTrust = z.object({
  planId,
  repositoryId,
  state: trustState,
  snapshots: count,
  /** Read back whole within the period, and found good. */
  checked: count,
  damaged: count,
  /** When the one that was not read for the longest time was read; absent while one was never read. */
  readBackSince: timestamp.optional(),
  /** The last one that came to an end. */
  restoreTest: z
    .object({ jobId, at: timestamp, isGood: z.boolean(), files: count, bytes: count, canaries: count.optional() })
    .optional(),
  /** Within so many days everything is to be read back; absent when that is switched off. */
  periodDays: count.optional(),
})
export type PlanTrust = z.infer<typeof planTrust>
