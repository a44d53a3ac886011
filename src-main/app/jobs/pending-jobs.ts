import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { writesRepository } from '../../catalog/main/job-row.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import { type BugLog, toPlainError } from '../contract-errors.ts'

/** A job that could not start for so long is dropped; its plan's next run does the same. */
const expireAfterMs = 24 * 60 * 60_000

interface PendingJobsOptions extends BugLog {
  readonly catalog: CatalogWriter
  readonly clock: Clock
}

/** The jobs that wait: in which order, for what, and for how long. */
export class PendingJobs {
  readonly #options: PendingJobsOptions
  /** Hears of each that says something else now. */
  readonly #changed: (id: JobId, before: Job) => void

  constructor(options: PendingJobsOptions, changed: (id: JobId, before: Job) => void) {
    this.#options = options
    this.#changed = changed
  }

  list(): Job[] {
    return this.inOrder(this.#options.catalog.jobs.active().filter((job) => isPending(job)))
  }

  /** As a person put them, the rest as it came. */
  inOrder(jobs: readonly Job[]): Job[] {
    const order = this.#options.catalog.queueMemory.order()
    const place = (job: Job): number => {
      const at = order.indexOf(job.id)
      return at < 0 ? order.length : at
    }
    return jobs.toSorted((a, b) => place(a) - place(b))
  }

  /** To the end without `before`. */
  move(id: JobId, before: JobId | undefined): void {
    const without = this.list().flatMap((job) => (job.id === id ? [] : [job.id]))
    const at = before === undefined ? -1 : without.indexOf(before)
    this.#options.catalog.queueMemory.setOrder(at < 0 ? [...without, id] : without.toSpliced(at, 0, id))
  }

  /** Says what a job waits for that could not be claimed. */
  explain(job: Job): void {
    const blocking = this.#options.catalog.jobs
      .active()
      .find(
        (other) =>
          other.status.state === 'running' &&
          other.repositoryId === job.repositoryId &&
          writesRepository(other.spec) &&
          writesRepository(job.spec),
      )
    if (blocking !== undefined) this.wait(job, `Waits until “${blocking.title}” has ended.`)
  }

  wait(job: Job, reason: string): void {
    if (job.status.state === 'waiting' && job.status.reason === reason) return
    this.#options.catalog.jobs.setWaiting(job.id, reason)
    this.#changed(job.id, job)
  }

  /** Drops what waited too long. */
  expire(): void {
    const { catalog, clock } = this.#options
    const now = clock.now()
    for (const job of catalog.jobs.active()) {
      if (!isPending(job) || now - job.queuedAt < expireAfterMs) continue
      if (job.retryOf !== undefined && job.trigger === 'retry' && now - job.queuedAt < 2 * expireAfterMs) continue
      const error = toPlainError(new HoldfastError('job/expired'), this.#options)
      if (catalog.jobs.finish(job.id, { state: 'error', endedAt: now, error })) this.#changed(job.id, job)
    }
  }
}

/** Waits for its turn here; what another queue decides on does not. */
function isPending(job: Job): boolean {
  if (job.spec.kind === 'remote') return false
  return job.status.state === 'queued' || job.status.state === 'waiting'
}
