import type { Job, JobSummary } from '../../../src-shared/model/job.ts'

/** Where a repair stands: each step begins when the one before it has ended. */
export type RepairStep = 'check' | 'store-again' | 'check-again' | 'done'

export interface RepairJobs {
  /** The first look, once it was started. */
  readonly check: Job | undefined
  /** Backups that store again what was lost; empty until they were started. */
  readonly backups: readonly Job[]
  readonly checkAgain: Job | undefined
}

export function repairStep({ check, backups, checkAgain }: RepairJobs): RepairStep {
  const found = verifyOf(check)
  if (found === undefined) return 'check'
  if (found.corrupt === 0) return 'done'
  if (checkAgain !== undefined) return verifyOf(checkAgain) === undefined ? 'check-again' : 'done'
  return backups.length > 0 && backups.every(hasEnded) ? 'check-again' : 'store-again'
}

/** What a check found, once it ended well. */
export function verifyOf(job: Job | undefined): JobSummary['verify'] {
  return job?.status.state === 'success' ? job.status.summary.verify : undefined
}

export function hasEnded({ status }: Job): boolean {
  return status.state === 'success' || status.state === 'error'
}
