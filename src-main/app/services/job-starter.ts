import type { PlanId } from '../../../src-shared/model/ids.ts'
import type { Job, JobSpec } from '../../../src-shared/model/job.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import { jobTitle } from '../jobs/job-title.ts'
import type { NewJob } from '../jobs/new-job.ts'

export interface StartOptions {
  /** Of what the job works on; becomes part of its title. */
  readonly name: string
  readonly trigger?: Job['trigger'] | undefined
  readonly planId?: PlanId | undefined
  readonly repositoryId?: Job['repositoryId']
  readonly reason?: string | undefined
}

/** Puts jobs into the queue, under the name of whoever runs this process. */
export class JobStarter {
  readonly #queue: () => JobQueue
  readonly #trigger: Job['trigger']

  /** `trigger` is that of jobs that a person asks for: `manual` in a window, `command-line` in a terminal. */
  constructor(queue: () => JobQueue, trigger: Job['trigger']) {
    this.#queue = queue
    this.#trigger = trigger
  }

  start(spec: JobSpec, { name, trigger, ...options }: StartOptions): Job {
    const wanted = trigger === undefined || trigger === 'manual' ? this.#trigger : trigger
    const job: NewJob = { ...options, title: jobTitle(spec, name), trigger: wanted }
    return this.#queue().add(spec, job)
  }
}
