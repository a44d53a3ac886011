import type { JobId, PlanId } from '../../src-shared/model/ids.ts'
import type { Job, JobEvent } from '../../src-shared/model/job.ts'

/** What is not finished and the latest of the rest, as the stream of jobs tells it. */
export interface JobsState {
  /** False until the first event: an empty list then means nothing yet. */
  readonly loaded: boolean
  readonly byId: ReadonlyMap<JobId, Job>
  /** The same jobs, for what shows no progress: another map only when more than the progress of a job changed. */
  readonly settled: ReadonlyMap<JobId, Job>
  /** The same jobs once a second, for figures beside the one that is watched: nobody reads a speed four times a second. */
  readonly calm: ReadonlyMap<JobId, Job>
  /** When `calm` was drawn up, in milliseconds of any clock. */
  readonly calmAt: number
}

const calmEveryMs = 900 // the first progress after it: about a second

export const noJobs: JobsState = { loaded: false, byId: new Map(), settled: new Map(), calm: new Map(), calmAt: 0 }

export function applyJobEvent(state: JobsState, event: JobEvent, now: number): JobsState {
  switch (event.type) {
    case 'snapshot':
      return wholly(new Map(event.jobs.map((job) => [job.id, job])), now)
    case 'changed': {
      const byId = new Map(state.byId).set(event.job.id, event.job)
      if (!isProgress(state.byId.get(event.job.id), event.job)) return wholly(byId, now)
      return now - state.calmAt < calmEveryMs ? { ...state, byId } : { ...state, byId, calm: byId, calmAt: now }
    }
    case 'removed': {
      const byId = new Map(state.byId)
      byId.delete(event.id)
      return wholly(byId, now)
    }
  }
}

function wholly(byId: ReadonlyMap<JobId, Job>, now: number): JobsState {
  return { loaded: true, byId, settled: byId, calm: byId, calmAt: now }
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
