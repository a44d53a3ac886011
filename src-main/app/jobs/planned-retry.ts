import type { Job } from '../../../src-shared/model/job.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import type { NewJob } from './new-job.ts'
import { retryDelayMs } from './retry-policy.ts'

interface RetryParts {
  readonly catalog: CatalogWriter
  readonly clock: Clock
}

/**
 * When and as what a job that failed is tried again; `undefined` when it is not. Only what a plan started is tried again by
 * itself; a person who pressed a button sees the failure.
 */
export function plannedRetry(job: Job, { catalog, clock }: RetryParts): NewJob | undefined {
  if (job.status.state !== 'error' || job.planId === undefined || job.spec.kind !== 'backup') return undefined
  if (job.trigger === 'manual' || job.trigger === 'command-line') return undefined
  const plan = catalog.plans.get(job.planId)
  if (plan === undefined || !plan.enabled) return undefined
  const attempt = attemptsBefore(job, catalog) + 1
  const delayMs = retryDelayMs(plan.retry, job.status.error.code, attempt)
  if (delayMs === undefined) return undefined
  return {
    title: job.title,
    trigger: 'retry',
    planId: job.planId,
    repositoryId: job.repositoryId,
    reason: `Try ${attempt} of ${plan.retry.attempts} after a failure.`,
    retryOf: job.id,
    notBefore: clock.now() + delayMs,
    waiting: `Tries again in ${Math.round(delayMs / 60_000)} minutes.`,
  }
}

function attemptsBefore(job: Job, catalog: CatalogWriter): number {
  let attempts = 0
  let current: Job | undefined = job
  while (current?.retryOf !== undefined && attempts < 100) {
    attempts += 1
    current = catalog.jobs.get(current.retryOf)
  }
  return attempts
}
