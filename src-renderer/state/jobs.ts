import type { JobId, PlanId } from '../../src-shared/model/ids.ts'
import type { Job, JobEvent } from '../../src-shared/model/job.ts'

/** What is not finished and the latest of the rest, as the stream of jobs tells it. */
export interface JobsState {
  /** False until the first event: an empty list then means nothing yet. */
  readonly loaded: boolean
  readonly byId: ReadonlyMap<JobId, Job>
}

export const noJobs: JobsState = { loaded: false, byId: new Map() }

export function applyJobEvent(state: JobsState, event: JobEvent): JobsState {
  switch (event.type) {
    case 'snapshot':
      return { loaded: true, byId: new Map(event.jobs.map((job) => [job.id, job])) }
    case 'changed':
      return { ...state, byId: new Map(state.byId).set(event.job.id, event.job) }
    case 'removed': {
      const byId = new Map(state.byId)
      byId.delete(event.id)
      return { ...state, byId }
    }
  }
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
