import type { OpenAnomaly } from '../../../src-shared/model/anomaly.ts'
import type { Job } from '../../../src-shared/model/job.ts'

/** What somebody has to look at after a job, if anything. */
export function anomalyOf({ id, planId, title, status }: Job): OpenAnomaly | undefined {
  if (status.state !== 'success' || status.summary.anomaly === undefined) return undefined
  const { anomaly, snapshotId } = status.summary
  return {
    ...anomaly,
    jobId: id,
    title,
    at: status.endedAt,
    ...(planId === undefined ? {} : { planId }),
    ...(snapshotId === undefined ? {} : { snapshotId }),
  }
}
