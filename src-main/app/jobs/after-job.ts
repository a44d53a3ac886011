import type { Job } from '../../../src-shared/model/job.ts'
import type { IndexWriter } from '../../catalog/index/open-index.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import { anomalyOf } from '../anomaly/anomaly-of.ts'
import type { BugLog } from '../contract-errors.ts'
import type { BucketReturns } from '../couchbase/bucket-returns.ts'
import type { Host } from '../host.ts'
import type { ChannelsService } from '../notify/channels-service.ts'
import { messageOf } from '../notify/job-message.ts'
import { notificationOf } from '../notify-jobs.ts'
import type { Changes } from '../services/changes.ts'
import type { RepositoriesService } from '../services/repositories.ts'
import type { JobOutcome } from './job-order.ts'

export interface AfterJobParts {
  readonly host: Host
  readonly catalog: CatalogWriter
  readonly index: IndexWriter
  readonly repositories: RepositoriesService
  readonly bucketReturns: BucketReturns
  readonly channels: ChannelsService
  readonly changes: Changes
  readonly bugs: BugLog
  /** Whether it is on this app to tell the person at the desktop. */
  readonly isResident: boolean
}

/** What everybody else learns of a job that ended: views, the desktop, channels, and the list of what looks wrong. */
export function afterJob(parts: AfterJobParts, job: Job, outcome: JobOutcome | undefined): void {
  const { host, catalog, repositories, bucketReturns, channels, changes, bugs, isResident } = parts
  bucketReturns.jobEnded(job).catch((error: unknown) => bugs.bug('bucket-return', error))
  nameLineage(parts, job, outcome)
  repositories.jobEnded(job, outcome?.usage)
  if (job.planId !== undefined) changes.changed('plans')
  if (outcome?.changedSnapshots === true) changes.changed('snapshots')
  const notification = notificationOf(job, catalog.settings.get())
  if (notification !== undefined && isResident) host.notify(notification)
  const suspicion = anomalyOf(job)
  if (suspicion !== undefined) {
    catalog.anomalies.put(suspicion)
    const body = suspicion.sentences.join('\n')
    channels.tell({ occasion: 'anomaly', title: `${job.title}: unusual changes`, body, planId: job.planId })
  }
  const message = messageOf(job)
  if (message !== undefined) channels.tell(message)
}

/** What the explorer calls a source: after the plan that feeds it. */
function nameLineage({ catalog, index }: AfterJobParts, job: Job, outcome: JobOutcome | undefined): void {
  const id = outcome?.summary.snapshotId
  const plan = job.planId === undefined ? undefined : catalog.plans.get(job.planId)
  const lineageId = id === undefined ? undefined : index.snapshots.snapshot(id)?.lineageId
  if (plan === undefined || lineageId === undefined) return
  index.snapshots.describeLineage(lineageId, { title: plan.name, planId: plan.id })
}
