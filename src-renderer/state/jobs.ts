import type { JobId, PlanId } from '../../src-shared/model/ids.ts'
import type { Job, JobEvent } from '../../src-shared/model/job.ts'

/** What is not finished and the latest of the rest, as the stream of jobs tells it. */
export interface JobsState {
  /** False until the first event: an empty list then means nothing yet. */
  readonly loaded: boolean
  readonly byId: ReadonlyMap<JobId, Job>
  /** The same jobs, for what shows no progress: another map only when more than the progress of a job changed. */
  readonly settled: ReadonlyMap<JobId, Job>
}

export const noJobs: JobsState = { loaded: false, byId: new Map(), settled: new Map() }

export function applyJobEvent(state: JobsState, event: JobEvent): JobsState {
  switch (event.type) {
    case 'snapshot': {
      const byId = new Map(event.jobs.map((job) => [job.id, job]))
      return { loaded: true, byId, settled: byId }
    }
    case 'changed': {
      const byId = new Map(state.byId).set(event.job.id, event.job)
      return { ...state, byId, settled: isProgress(state.byId.get(event.job.id), event.job) ? state.settled : byId }
    }
    case 'removed': {
      const byId = new Map(state.byId)
      byId.delete(event.id)
      return { ...state, byId, settled: byId }
    }
  }
}

/** Whether nothing changed but how far the job is. */
function isProgress(before: Job | undefined, after: Job): boolean {
  return before !== undefined && withoutProgress(before) === withoutProgress(after)
}

function withoutProgress(job: Job): string {
  const { state } = job.status
  // What has ended or waits has no progress: all of it counts.
  return JSON.stringify(
    state === 'running' ? { ...job, warnings: 0, status: { ...job.status, progress: undefined } } : job,
  )
}

export function runningJobs(jobs: Iterable<Job>): readonly Job[] {
  return [...jobs].filter((job) => job.status.state === 'running').sort((a, b) => a.queuedAt - b.queuedAt)
}

/** In the order the queue takes them. */
export function waitingJobs(jobs: Iterable<Job>): readonly Job[] {
  return [...jobs]
    .filter((job) => job.status.state === 'waiting' || job.status.state === 'queued')
    .sort((a, b) => a.queuedAt - b.queuedAt)
}

export function finishedJobs(jobs: Iterable<Job>): readonly Job[] {
  return [...jobs]
    .filter((job) => job.status.state === 'success' || job.status.state === 'error')
    .sort((a, b) => b.queuedAt - a.queuedAt)
}

export function runningJobOf(jobs: Iterable<Job>, planId: PlanId): Job | undefined {
  return runningJobs(jobs).find((job) => job.planId === planId)
}

/** Whether a job began or ended with this event: then lists that summarise jobs are out of date. */
export function changesState(before: JobsState, event: JobEvent): boolean {
  return event.type === 'changed' && before.byId.get(event.job.id)?.status.state !== event.job.status.state
}
