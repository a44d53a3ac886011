import type { JobId, PlanId, RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'

/** What the queue is told of a job besides what is to be done. */
export interface NewJob {
  readonly title: string
  readonly trigger: Job['trigger']
  readonly planId?: PlanId | undefined
  readonly repositoryId?: RepositoryId | undefined
  /** Why it runs now, as a sentence. */
  readonly reason?: string | undefined
  readonly retryOf?: JobId | undefined
  readonly notBefore?: number | undefined
  /** Set together with `notBefore`: what it waits for. */
  readonly waiting?: string | undefined
}
