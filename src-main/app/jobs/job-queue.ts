import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type JobId, jobId } from '../../../src-shared/model/ids.ts'
import type { Job, JobEvent, JobSpec } from '../../../src-shared/model/job.ts'
import type { NewLogLine } from '../../catalog/main/job-log.ts'
import { repositoryOf } from '../../catalog/main/job-row.ts'
import { LiveFeed } from '../live-feed.ts'
import type { NewJob } from './new-job.ts'
import { PendingJobs } from './pending-jobs.ts'
import { plannedRetry } from './planned-retry.ts'
import { RunningJobs, type RunningJobsOptions } from './running-jobs.ts'
import type { ThroughputPoint } from './throughput.ts'

/** Jobs that work at once. Restores come on top: somebody waits for them. */
const maximumRunning = 3
/** Below the pace of the reports of a job, so that each of them goes on. */
const eventsEveryMs = 200
const watchEveryMs = 500
const heartbeatMs = 30_000
const finishedInFirstEvent = 100
const closeWithinMs = 9000

export interface JobQueueOptions extends RunningJobsOptions {
  /** False: runs only what this process itself put in (the command line). */
  readonly takesAll: boolean
}

/** The queue: what is to be done, by whom, and what came of it (docs: life of a job). */
export class JobQueue {
  readonly #options: JobQueueOptions
  readonly #feed = new LiveFeed<JobId, JobEvent>()
  readonly #logFeed = new LiveFeed<JobId, JobId>()
  readonly #running: RunningJobs
  readonly #pending: PendingJobs
  readonly #mine = new Set<JobId>()
  /** Jobs that another queue decides on: how to ask it for their end. */
  readonly #shown = new Map<JobId, () => void>()
  #revision = 0
  readonly #closing = new AbortController()
  #cancelTimer: (() => void) | undefined
  #isStarted = false
  #tasks: Promise<unknown>[] = []

  constructor(options: JobQueueOptions) {
    this.#options = options
    this.#pending = new PendingJobs(options, (id, before) => this.#publish(this.#find(id) ?? before, true))
    this.#running = new RunningJobs(options, {
      changed: (job, isUrgent) => this.#publish(job, isUrgent),
      logGrew: (id) => this.#logFeed.publish(id, id, false),
      failed: (job) => this.#retryLater(job),
      freed: () => this.#schedule(),
    })
  }

  /** Settles what a crash left behind and returns it, then begins to work. */
  start(): readonly Job[] {
    const { catalog } = this.#options
    // By whoever comes first, a command line among them: it could not write to the repository otherwise.
    const interrupted = catalog.jobs.recoverInterrupted()
    catalog.instances.sweep()
    this.#revision = catalog.jobs.revision()
    this.#isStarted = true
    this.#tasks = [this.#watch(), this.#beat()]
    for (const job of interrupted) this.#retryLater(job)
    this.#schedule()
    return interrupted
  }

  add(spec: JobSpec, options: NewJob): Job {
    const { catalog, clock } = this.#options
    const job = catalog.jobs.insert(
      {
        id: jobId.parse(randomUUID()),
        title: options.title,
        spec,
        trigger: options.trigger,
        planId: options.planId,
        repositoryId: options.repositoryId ?? repositoryOf(spec),
        queuedAt: clock.now(),
        reason: options.reason ?? '',
        warnings: 0,
        status: options.waiting === undefined ? { state: 'queued' } : { state: 'waiting', reason: options.waiting },
        retryOf: options.retryOf,
      },
      options.notBefore,
    )
    this.#mine.add(job.id)
    this.#publish(job, true)
    this.#schedule()
    return job
  }

  /** Shows a job that another queue decides on, as it is now. `cancel`, where that queue can be asked for its end, may be called twice. */
  show(job: Job, cancel?: () => void): void {
    const shown = this.#options.catalog.jobs.show(job)
    if (cancel === undefined || isEnded(shown)) this.#shown.delete(shown.id)
    else this.#shown.set(shown.id, cancel)
    this.#publish(shown, true)
  }

  /** What such a job printed. */
  appendLog(id: JobId, lines: readonly NewLogLine[]): void {
    this.#options.catalog.jobLog.append(id, lines)
    this.#logFeed.publish(id, id, false)
  }

  get(id: JobId): Job {
    const job = this.#find(id)
    if (job === undefined) throw new HoldfastError('job/unknown')
    return job
  }

  active(): Job[] {
    return this.#options.catalog.jobs.active().map((job) => this.#running.fresh(job))
  }

  /** With what is known only here laid over it. */
  fresh(jobs: readonly Job[]): Job[] {
    return jobs.map((job) => this.#running.fresh(job))
  }

  cancel(id: JobId): void {
    const job = this.get(id)
    if (this.#running.cancel(id)) return
    const cancelElsewhere = this.#shown.get(id)
    if (cancelElsewhere !== undefined) {
      cancelElsewhere()
      return
    }
    this.#options.catalog.jobs.requestCancel(id)
    this.#publish(this.#find(id) ?? job, true)
    this.#schedule()
  }

  /** Makes a job of this process stand still until `resume`. What it holds open stays open. */
  pause(id: JobId): void {
    if (!this.#running.pause(id)) throw this.#notPausable(id)
  }

  resume(id: JobId): void {
    if (!this.#running.resume(id)) throw this.#notPausable(id)
  }

  #notPausable(id: JobId): HoldfastError {
    this.get(id)
    return new HoldfastError('input/invalid', { detail: 'This job cannot be paused.' })
  }

  /** Queues what failed once more, as it was. A job that has not ended, or ended well, is not tried again. */
  retry(id: JobId): Job {
    const job = this.get(id)
    if (job.status.state !== 'error') {
      throw new HoldfastError('input/invalid', { detail: 'Only a job that failed can be tried again.' })
    }
    if (job.spec.kind === 'remote') {
      throw new HoldfastError('input/invalid', { detail: 'A remote job is queued again where it came from.' })
    }
    // One that waits for its own retry is not needed twice.
    for (const other of this.active())
      if (other.retryOf === id && other.status.state === 'waiting') this.cancel(other.id)
    return this.add(job.spec, {
      title: job.title,
      trigger: 'retry',
      planId: job.planId,
      repositoryId: job.repositoryId,
      reason: 'Tried again by hand.',
      retryOf: id,
    })
  }

  reorder(id: JobId, before: JobId | undefined): void {
    this.get(id)
    this.#pending.move(id, before)
    for (const job of this.#pending.list()) this.#publish(job, true)
    this.#schedule()
  }

  /** The whole first: what is not finished and the latest of the rest; then changes. */
  async *events(signal: AbortSignal | undefined): AsyncGenerator<JobEvent> {
    const changes = this.#feed.subscribe(eventsEveryMs, signal)
    const active = this.active()
    const ended = this.#options.catalog.jobs.list({ states: ['success', 'error'], limit: finishedInFirstEvent }).jobs
    yield { type: 'snapshot', jobs: [...this.#pending.inOrder(active).toReversed(), ...ended] }
    for await (const batch of changes) yield* batch
  }

  /** Says once for each batch of lines that this job's log grew, or that it ended. */
  logChanges(id: JobId, signal: AbortSignal | undefined): AsyncIterable<unknown> {
    const changes = this.#logFeed.subscribe(eventsEveryMs, signal)
    return filtered(changes, id)
  }

  throughput(id: JobId): ThroughputPoint[] {
    return this.#running.throughput(id)
  }

  /** Resolves when the job has ended, in whatever process it runs. */
  async ended(id: JobId, signal: AbortSignal | undefined): Promise<Job> {
    const changes = this.#feed.subscribe(0, signal)
    let job = this.get(id)
    while (!isEnded(job)) {
      const { done } = await changes.next()
      if (done) break
      job = this.get(id)
    }
    await changes.return?.()
    return job
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#cancelTimer?.()
    await Promise.race([this.#running.close(), sleep(closeWithinMs, undefined, { ref: false })])
    this.#feed.close()
    this.#logFeed.close()
    await Promise.all(this.#tasks)
  }

  #find(id: JobId): Job | undefined {
    const job = this.#options.catalog.jobs.get(id)
    return job === undefined ? undefined : this.#running.fresh(job)
  }

  #publish(job: Job, isUrgent: boolean): void {
    this.#feed.publish(job.id, { type: 'changed', job }, isUrgent)
    if (isEnded(job)) this.#logFeed.publish(job.id, job.id, true)
  }

  /** Starts what may start and says of the rest what it waits for. */
  #schedule(): void {
    if (!this.#isStarted || this.#closing.signal.aborted) return
    const { catalog, clock } = this.#options
    this.#pending.expire()
    for (const candidate of this.#pending.list()) {
      if (!this.#options.takesAll && !this.#mine.has(candidate.id)) continue
      // What a command line put in carries what only that process knows, such as a key file.
      if (this.#options.takesAll && candidate.trigger === 'command-line' && !this.#mine.has(candidate.id)) continue
      if (!comesOnTop(candidate) && this.#atWork() >= maximumRunning) {
        this.#pending.wait(candidate, 'Waits for its turn.')
        continue
      }
      const claimed = catalog.jobs.claimNext((job) => job.id === candidate.id)
      if (claimed !== undefined) this.#running.start(claimed)
      else this.#pending.explain(candidate)
    }
    this.#cancelTimer?.()
    this.#cancelTimer = clock.after(1000, () => {
      if (this.#pending.list().length > 0) this.#schedule()
    })
  }

  #atWork(): number {
    return this.#running.jobs().filter((job) => !comesOnTop(job)).length
  }

  #retryLater(job: Job): void {
    if (this.#closing.signal.aborted) return
    const planned = plannedRetry(job, this.#options)
    if (planned === undefined) return
    const retry = this.add(job.spec, planned)
    // A command line will be gone by then: whoever stays takes it.
    if (!this.#options.takesAll) this.#mine.delete(retry.id)
  }

  /** What other processes on the same catalog do becomes visible here, and their wish to cancel is heard. */
  async #watch(): Promise<void> {
    const { catalog } = this.#options
    for await (const _ of catalog.watchChanges(watchEveryMs, this.#closing.signal)) {
      const changes = catalog.jobs.changesAfter(this.#revision)
      this.#revision = changes.revision
      for (const job of changes.changed) {
        if (this.#running.has(job.id)) continue
        if (isEnded(job)) this.#shown.get(job.id)?.()
        this.#publish(job, job.status.state !== 'running')
        this.#logFeed.publish(job.id, job.id, false)
      }
      for (const id of changes.removed) this.#feed.publish(id, { type: 'removed', id }, false)
      for (const id of catalog.jobs.cancelRequests()) {
        this.#shown.get(id)?.()
        this.#running.cancel(id)
      }
      this.#schedule()
    }
  }

  async #beat(): Promise<void> {
    const { catalog } = this.#options
    while (!this.#closing.signal.aborted) {
      catalog.instances.heartbeat()
      // Another process may have died meanwhile.
      for (const job of catalog.jobs.recoverInterrupted()) {
        this.#publish(job, true)
        this.#retryLater(job)
      }
      try {
        await sleep(heartbeatMs, undefined, { signal: this.#closing.signal, ref: false })
      } catch {
        return // closing
      }
    }
  }
}

export function isEnded(job: Job): boolean {
  return job.status.state === 'success' || job.status.state === 'error'
}

const onTop: ReadonlySet<JobSpec['kind']> = new Set([
  'restore',
  'restore-database',
  'restore-job-server',
  'return-bucket',
])

/** Somebody waits for it, or it serves until somebody has seen enough. */
function comesOnTop({ spec }: Job): boolean {
  return onTop.has(spec.kind)
}

async function* filtered(changes: AsyncIterable<JobId[]>, id: JobId): AsyncGenerator<JobId> {
  for await (const batch of changes) if (batch.includes(id)) yield id
}
