import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { count, jobId, planId, repositoryId, timestamp } from '../model/ids.ts'
import { job, jobEvent, jobLogLine, jobSpec, jobTrigger, logLevel } from '../model/job.ts'
import { raises } from './raises.ts'

export const jobsContract = {
  /** History, newest first. `before` is the `queuedAt` of the last row of the page before. */
  list: oc
    .input(
      z.object({
        planId: planId.optional(),
        repositoryId: repositoryId.optional(),
        kinds: z.array(z.string()).optional(),
        states: z.array(z.enum(['queued', 'waiting', 'running', 'success', 'error'])).optional(),
        before: timestamp.optional(),
        limit: z.number().int().min(1).max(500).default(100),
      }),
    )
    .output(z.array(job)),
  get: oc
    .input(z.object({ id: jobId }))
    .output(job)
    .errors(raises('job/unknown')),
  /** Runs something once that no plan describes, as the command line does. */
  start: oc
    .input(z.object({ spec: jobSpec, trigger: jobTrigger.default('manual') }))
    .output(job)
    .errors(raises('repository/unknown', 'snapshot/unknown', 'input/invalid')),
  cancel: oc
    .input(z.object({ id: jobId }))
    .output(z.void())
    .errors(raises('job/unknown')),
  /** Stands still where it is and holds what it has open, until `resume`. Neither servers nor databases wait for long. */
  pause: oc
    .input(z.object({ id: jobId }))
    .output(z.void())
    .errors(raises('job/unknown', 'input/invalid')),
  resume: oc
    .input(z.object({ id: jobId }))
    .output(z.void())
    .errors(raises('job/unknown', 'input/invalid')),
  retry: oc
    .input(z.object({ id: jobId }))
    .output(job)
    .errors(raises('job/unknown')),
  /** Moves a waiting job before another one, or to the end. */
  reorder: oc
    .input(z.object({ id: jobId, before: jobId.optional() }))
    .output(z.void())
    .errors(raises('job/unknown')),
  /** Starts with what is not finished and the latest of the rest, goes on with changes, four a second and job at most. */
  events: oc.output(eventIterator(jobEvent)),
  /** The log so far (marked `buffered`), then line by line until the job has ended. */
  followLog: oc
    .input(z.object({ id: jobId, level: logLevel.default('info') }))
    .output(eventIterator(z.object({ buffered: z.boolean(), lines: z.array(jobLogLine) })))
    .errors(raises('job/unknown')),
  /** A page of the log; `outcome` gives the lists of skipped and failed files. */
  log: oc
    .input(
      z.object({
        id: jobId,
        level: logLevel.default('debug'),
        outcome: z.enum(['skipped', 'failed']).optional(),
        text: z.string().optional(),
        afterId: count.optional(),
        limit: z.number().int().min(1).max(1000).default(200),
      }),
    )
    .output(z.object({ lines: z.array(jobLogLine), total: count }))
    .errors(raises('job/unknown')),
  /** Bytes a second over the run, at most 240 points. */
  throughput: oc
    .input(z.object({ id: jobId }))
    .output(z.array(z.object({ at: timestamp, read: count, stored: count })))
    .errors(raises('job/unknown')),
}
