import { z } from 'zod'
import { jobId, planId, snapshotId, timestamp } from './ids.ts'

/** Signs in a backup that files may have been encrypted or wiped by somebody else. */
export const anomaly = z.object({
  /** What is unusual, one sentence each. */
  sentences: z.array(z.string()).min(1),
  /** The last snapshot before it, which is kept from now on. */
  pinned: snapshotId.optional(),
})
export type Anomaly = z.infer<typeof anomaly>

/** One that nobody has looked at yet: until then the plan removes no snapshots. */
export const openAnomaly = anomaly.extend({
  jobId,
  planId: planId.optional(),
  title: z.string(),
  at: timestamp,
  snapshotId: snapshotId.optional(),
})
export type OpenAnomaly = z.infer<typeof openAnomaly>
