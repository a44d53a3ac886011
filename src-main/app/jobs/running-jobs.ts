import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job, JobProgress, JobStatus } from '../../../src-shared/model/job.ts'
import { isPausable } from '../../../src-shared/model/pausable.ts'
import type { NewLogLine } from '../../catalog/main/job-log.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import { isAbort, toPlainError } from '../contract-errors.ts'
import type { HoldSwitch, JobOrder, JobOutcome, RunJob } from './job-order.ts'
import { Throughput, type ThroughputPoint } from './throughput.ts'

const keptJobs = 5000
const rememberedThroughputs = 100

export interface RunningJobsOptions {
  readonly catalog: CatalogWriter
  readonly clock: Clock
  readonly run: RunJob
  /** Gathers what a job needs, keys included. Throws when it cannot run any more. */
  prepare(job: Job, signal: AbortSignal): Promise<JobOrder>
  /** Hears of each job of this process that ended, after it is stored. */
  ended(job: Job, outcome: JobOutcome | undefined): void
  bug(id: string, error: unknown): void
}

/** Who hears of what happens to them. */
export interface RunningJobsListener {
  changed(job: Job, isUrgent: boolean): void
  logGrew(id: JobId): void
  /** It has failed, and that is stored. */
  failed(job: Job): void
  /** There is a place for another one, also where an end could not be stored. */
  freed(): void
}

interface Running {
  job: Job
  readonly controller: AbortController
  isCancelled: boolean
  /** How to make it stand still, once its thread has said that it can. */
  hold?: HoldSwitch
  done: Promise<void>
}

/** The jobs that run in this process, with their newest progress, fresher than what the catalog has. */
export class RunningJobs {
  readonly #options: RunningJobsOptions
  readonly #listener: RunningJobsListener
  readonly #running = new Map<JobId, Running>()
  readonly #throughputs = new Map<JobId, Throughput>()
  #isClosing = false

  constructor(options: RunningJobsOptions, listener: RunningJobsListener) {
    this.#options = options
    this.#listener = listener
  }

  has(id: JobId): boolean {
    return this.#running.has(id)
  }

  jobs(): Job[] {
    return Array.from(this.#running.values(), ({ job }) => job)
  }

  /** With what is known only here laid over it. */
  fresh(job: Job): Job {
    const running = this.#running.get(job.id)
    return running === undefined || job.status.state !== 'running' ? job : running.job
  }

  /** Begins a job that the catalog has as running. */
  start(claimed: Job): void {
    const running: Running = {
      job: claimed,
      controller: new AbortController(),
      isCancelled: false,
      done: Promise.resolve(),
    }
    this.#running.set(claimed.id, running)
    this.#rememberThroughput(claimed.id)
    this.#listener.changed(claimed, true)
    // Never rejects: what fails inside becomes the end of the job.
    running.done = this.#perform(running)
  }

  /** False where no such job runs here. */
  cancel(id: JobId): boolean {
    const running = this.#running.get(id)
    if (running === undefined) return false
    running.isCancelled = true
    running.controller.abort()
    return true
  }

  /** Makes a job stand still until `resume`. What it holds open stays open. False where it does not run here or cannot. */
  pause(id: JobId): boolean {
    const running = this.#holdable(id)
    if (running === undefined) return false
    const { job } = running
    if (job.status.state !== 'running' || job.status.pausedAt !== undefined) return true
    running.hold?.hold()
    running.job = { ...job, status: { ...job.status, pausedAt: this.#options.clock.now() } }
    this.#listener.changed(running.job, true)
    return true
  }

  resume(id: JobId): boolean {
    const running = this.#holdable(id)
    if (running === undefined) return false
    const { job } = running
    if (job.status.state !== 'running') return true
    running.hold?.goOn()
    const { pausedAt: _, ...status } = job.status
    running.job = { ...job, status }
    this.#listener.changed(running.job, true)
    return true
  }

  throughput(id: JobId): ThroughputPoint[] {
    return this.#throughputs.get(id)?.points() ?? [...this.#options.catalog.queueMemory.throughput(id)]
  }

  /** Ends them all; resolves when they have ended. */
  async close(): Promise<void> {
    this.#isClosing = true
    const all = [...this.#running.values()]
    for (const { controller } of all) controller.abort()
    await Promise.all(all.map(({ done }) => done))
  }

  #holdable(id: JobId): Running | undefined {
    const running = this.#running.get(id)
    return running?.hold !== undefined && isPausable(running.job) ? running : undefined
  }

  async #perform(running: Running): Promise<void> {
    const { catalog, clock } = this.#options
    const { id } = running.job
    const startedAt = running.job.status.state === 'running' ? running.job.status.startedAt : clock.now()
    let outcome: JobOutcome | undefined
    let status: Extract<JobStatus, { state: 'success' | 'error' }>
    try {
      const order = await this.#options.prepare(running.job, running.controller.signal)
      const listener = {
        progress: (progress: JobProgress, warnings: number) => this.#progress(running, progress, warnings),
        holdable: (hold: HoldSwitch) => {
          running.hold = hold
        },
        log: (lines: readonly NewLogLine[]) => {
          if (lines.length === 0) return
          catalog.jobLog.append(id, lines)
          this.#listener.logGrew(id)
        },
      }
      outcome = await this.#options.run(order, listener, running.controller.signal)
      status = { state: 'success', startedAt, endedAt: clock.now(), summary: outcome.summary }
    } catch (error) {
      const plain = toPlainError(this.#endOf(running, error), this.#options)
      status = { state: 'error', startedAt, endedAt: clock.now(), error: plain }
      try {
        catalog.jobLog.append(id, [{ at: clock.now(), level: 'error', message: plain.message }])
      } catch (cause) {
        this.#options.bug('job-log', cause)
      }
    }
    this.#running.delete(id)
    try {
      catalog.jobs.finish(id, status, outcome?.warnings ?? running.job.warnings)
      this.#keepThroughput(id)
      const job = catalog.jobs.get(id) ?? running.job
      this.#listener.changed(job, true)
      this.#options.ended(job, outcome)
      if (status.state === 'error') this.#listener.failed(job)
      catalog.jobs.prune(keptJobs)
    } catch (error) {
      // The catalog could not take the end; the next start settles the job as interrupted.
      this.#options.bug('job-end', error)
    }
    this.#listener.freed()
  }

  /** A cancel by the person and a stop by shutdown say what they are (style E6). */
  #endOf(running: Running, error: unknown): unknown {
    if (running.isCancelled) return new HoldfastError('job/cancelled')
    if (this.#isClosing || isAbort(error)) {
      return new HoldfastError('job/interrupted', {
        detail: 'Holdfast was closed.',
        hint: 'Run it again: what was stored before is not stored twice.',
      })
    }
    return error
  }

  #progress(running: Running, progress: JobProgress, warnings: number): void {
    if (running.job.status.state !== 'running') return
    running.job = { ...running.job, warnings, status: { ...running.job.status, progress } }
    this.#throughputs.get(running.job.id)?.add(this.#options.clock.now(), progress.doneBytes, progress.storedBytes)
    this.#options.catalog.jobs.updateProgress(running.job.id, progress, warnings)
    this.#listener.changed(running.job, false)
  }

  /** How fast a run was can be looked at after a restart as well; a single point says nothing. */
  #keepThroughput(id: JobId): void {
    const points = this.#throughputs.get(id)?.points() ?? []
    if (points.length > 1) this.#options.catalog.queueMemory.saveThroughput(id, points)
  }

  #rememberThroughput(id: JobId): void {
    this.#throughputs.set(id, new Throughput())
    const oldest = this.#throughputs.keys().next().value
    if (this.#throughputs.size > rememberedThroughputs && oldest !== undefined) this.#throughputs.delete(oldest)
  }
}
