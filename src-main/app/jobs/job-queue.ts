import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type JobId, jobId, type PlanId, type RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job, JobEvent, JobSpec, JobStatus } from '../../../src-shared/model/job.ts'
import { isPausable } from '../../../src-shared/model/pausable.ts'
import type { NewLogLine } from '../../catalog/main/job-log.ts'
import { type initialProgress, repositoryOf, writesRepository } from '../../catalog/main/job-row.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Clock } from '../clock.ts'
import { isAbort, toPlainError } from '../contract-errors.ts'
import { LiveFeed } from '../live-feed.ts'
import type { HoldSwitch, JobOrder, JobOutcome, RunJob } from './job-order.ts'
import { retryDelayMs } from './retry-policy.ts'
import { Throughput, type ThroughputPoint } from './throughput.ts'

/** Jobs that work at once. Restores come on top: somebody waits for them. */
const maximumRunning = 3
const eventsEveryMs = 250
const watchEveryMs = 500
const heartbeatMs = 30_000
/** A job that could not start for so long is dropped; its plan's next run does the same. */
const expireAfterMs = 24 * 60 * 60_000
const finishedInFirstEvent = 100
const keptJobs = 5000
const rememberedThroughputs = 100
const closeWithinMs = 9000

export interface NewJob {
  readonly title: string
  readonly trigger: Job['trigger']
  readonly planId?: PlanId | undefined
  readonly repositoryId?: RepositoryId | undefined
  /** Why it runs now, as a sentence. */
  readonly reason?: string | undefined
  readonly retryOf?: JobId | undefined
  readonly notBefore?: number | undefined
  /** Set together with `notBefore`: what it waits for. */
  readonly waiting?: string | undefined
}

export interface JobQueueOptions {
  readonly catalog: CatalogWriter
  readonly clock: Clock
  readonly run: RunJob
  /** Gathers what a job needs, keys included. Throws when it cannot run any more. */
  prepare(job: Job, signal: AbortSignal): Promise<JobOrder>
  /** Hears of each job of this process that ended, after it is stored. */
  ended(job: Job, outcome: JobOutcome | undefined): void
  bug(id: string, error: unknown): void
  /** False: runs only what this process itself put in (the command line). */
  readonly takesAll: boolean
}

/** The queue: what is to be done, by whom, and what came of it (docs: life of a job). */
export class JobQueue {
  readonly #options: JobQueueOptions
  readonly #feed = new LiveFeed<JobId, JobEvent>()
  readonly #logFeed = new LiveFeed<JobId, JobId>()
  /** Jobs of this process that run, with the newest progress, fresher than what the catalog has. */
  readonly #running = new Map<JobId, Running>()
  readonly #mine = new Set<JobId>()
  /** Jobs that another queue decides on: how to ask it for their end. */
  readonly #shown = new Map<JobId, () => void>()
  readonly #throughputs = new Map<JobId, Throughput>()
  #revision = 0
  readonly #closing = new AbortController()
  #cancelTimer: (() => void) | undefined
  #isStarted = false
  #tasks: Promise<unknown>[] = []

  constructor(options: JobQueueOptions) {
    this.#options = options
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
    return this.#options.catalog.jobs.active().map((job) => this.#fresh(job))
  }

  /** With what is known only here laid over it. */
  fresh(jobs: readonly Job[]): Job[] {
    return jobs.map((job) => this.#fresh(job))
  }

  cancel(id: JobId): void {
    const job = this.get(id)
    const running = this.#running.get(id)
    if (running !== undefined) {
      running.isCancelled = true
      running.controller.abort()
      return
    }
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
    const running = this.#holdable(id)
    const { job } = running
    if (job.status.state !== 'running' || job.status.pausedAt !== undefined) return
    running.hold?.hold()
    running.job = { ...job, status: { ...job.status, pausedAt: this.#options.clock.now() } }
    this.#publish(running.job, true)
  }

  resume(id: JobId): void {
    const running = this.#holdable(id)
    const { job } = running
    if (job.status.state !== 'running') return
    running.hold?.goOn()
    const { pausedAt: _, ...status } = job.status
    running.job = { ...job, status }
    this.#publish(running.job, true)
  }

  #holdable(id: JobId): Running {
    const running = this.#running.get(id)
    if (running?.hold !== undefined && isPausable(running.job)) return running
    this.get(id)
    throw new HoldfastError('input/invalid', { detail: 'This job cannot be paused.' })
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
    const pending = this.#pending().map((job) => job.id)
    const without = pending.filter((other) => other !== id)
    const at = before === undefined ? -1 : without.indexOf(before)
    this.#options.catalog.queueMemory.setOrder(at < 0 ? [...without, id] : without.toSpliced(at, 0, id))
    for (const job of this.#pending()) this.#publish(job, true)
    this.#schedule()
  }

  /** The whole first: what is not finished and the latest of the rest; then changes. */
  async *events(signal: AbortSignal | undefined): AsyncGenerator<JobEvent> {
    const changes = this.#feed.subscribe(eventsEveryMs, signal)
    const active = this.active()
    const ended = this.#options.catalog.jobs.list({ states: ['success', 'error'], limit: finishedInFirstEvent }).jobs
    yield { type: 'snapshot', jobs: [...this.#inOrder(active).toReversed(), ...ended] }
    for await (const batch of changes) yield* batch
  }

  /** Says once for each batch of lines that this job's log grew, or that it ended. */
  logChanges(id: JobId, signal: AbortSignal | undefined): AsyncIterable<unknown> {
    const changes = this.#logFeed.subscribe(eventsEveryMs, signal)
    return filtered(changes, id)
  }

  throughput(id: JobId): ThroughputPoint[] {
    return this.#throughputs.get(id)?.points() ?? [...this.#options.catalog.queueMemory.throughput(id)]
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
    for (const { controller } of this.#running.values()) controller.abort()
    const ends = [...this.#running.values()].map((running) => running.done)
    await Promise.race([Promise.all(ends), sleep(closeWithinMs, undefined, { ref: false })])
    this.#feed.close()
    this.#logFeed.close()
    await Promise.all(this.#tasks)
  }

  #find(id: JobId): Job | undefined {
    const job = this.#options.catalog.jobs.get(id)
    return job === undefined ? undefined : this.#fresh(job)
  }

  #fresh(job: Job): Job {
    const running = this.#running.get(job.id)
    return running === undefined || job.status.state !== 'running' ? job : running.job
  }

  #pending(): Job[] {
    return this.#inOrder(this.#options.catalog.jobs.active().filter((job) => isPending(job)))
  }

  #inOrder(jobs: readonly Job[]): Job[] {
    const order = this.#options.catalog.queueMemory.order()
    const place = (job: Job): number => {
      const at = order.indexOf(job.id)
      return at < 0 ? order.length : at
    }
    return jobs.toSorted((a, b) => place(a) - place(b))
  }

  #publish(job: Job, isUrgent: boolean): void {
    this.#feed.publish(job.id, { type: 'changed', job }, isUrgent)
    if (isEnded(job)) this.#logFeed.publish(job.id, job.id, true)
  }

  /** Starts what may start and says of the rest what it waits for. */
  #schedule(): void {
    if (!this.#isStarted || this.#closing.signal.aborted) return
    const { catalog, clock } = this.#options
    this.#expire()
    for (const candidate of this.#pending()) {
      if (!this.#options.takesAll && !this.#mine.has(candidate.id)) continue
      // What a command line put in carries what only that process knows, such as a key file.
      if (this.#options.takesAll && candidate.trigger === 'command-line' && !this.#mine.has(candidate.id)) continue
      if (!comesOnTop(candidate) && this.#atWork() >= maximumRunning) {
        this.#wait(candidate, 'Waits for its turn.')
        continue
      }
      const claimed = catalog.jobs.claimNext((job) => job.id === candidate.id)
      if (claimed !== undefined) this.#run(claimed)
      else this.#explain(candidate)
    }
    this.#cancelTimer?.()
    this.#cancelTimer = clock.after(1000, () => {
      if (this.#pending().length > 0) this.#schedule()
    })
  }

  #atWork(): number {
    return this.#running.values().reduce((sum, { job }) => sum + (comesOnTop(job) ? 0 : 1), 0)
  }

  #explain(job: Job): void {
    const blocking = this.#options.catalog.jobs
      .active()
      .find(
        (other) =>
          other.status.state === 'running' &&
          other.repositoryId === job.repositoryId &&
          writesRepository(other.spec) &&
          writesRepository(job.spec),
      )
    if (blocking !== undefined) this.#wait(job, `Waits until “${blocking.title}” has ended.`)
  }

  #wait(job: Job, reason: string): void {
    if (job.status.state === 'waiting' && job.status.reason === reason) return
    this.#options.catalog.jobs.setWaiting(job.id, reason)
    this.#publish(this.#find(job.id) ?? job, true)
  }

  #expire(): void {
    const { catalog, clock } = this.#options
    const now = clock.now()
    for (const job of catalog.jobs.active()) {
      if (!isPending(job) || now - job.queuedAt < expireAfterMs) continue
      if (job.retryOf !== undefined && job.trigger === 'retry' && now - job.queuedAt < 2 * expireAfterMs) continue
      const error = toPlainError(new HoldfastError('job/expired'), this.#options)
      if (catalog.jobs.finish(job.id, { state: 'error', endedAt: now, error })) {
        this.#publish(this.#find(job.id) ?? job, true)
      }
    }
  }

  #run(claimed: Job): void {
    const running: Running = {
      job: claimed,
      controller: new AbortController(),
      isCancelled: false,
      done: Promise.resolve(),
    }
    this.#running.set(claimed.id, running)
    this.#rememberThroughput(claimed.id)
    this.#publish(claimed, true)
    // Never rejects: what fails inside becomes the end of the job.
    running.done = this.#perform(running)
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
        progress: (progress: typeof initialProgress, warnings: number) => this.#progress(running, progress, warnings),
        holdable: (hold: HoldSwitch) => {
          running.hold = hold
        },
        log: (lines: Parameters<typeof catalog.jobLog.append>[1]) => {
          if (lines.length === 0) return
          catalog.jobLog.append(id, lines)
          this.#logFeed.publish(id, id, false)
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
      const job = this.#find(id) ?? running.job
      this.#publish(job, true)
      this.#options.ended(job, outcome)
      if (status.state === 'error') this.#retryLater(job)
      catalog.jobs.prune(keptJobs)
    } catch (error) {
      // The catalog could not take the end; the next start settles the job as interrupted.
      this.#options.bug('job-end', error)
    }
    this.#schedule()
  }

  /** A cancel by the person and a stop by shutdown say what they are (style E6). */
  #endOf(running: Running, error: unknown): unknown {
    if (running.isCancelled) return new HoldfastError('job/cancelled')
    if (this.#closing.signal.aborted || isAbort(error)) {
      return new HoldfastError('job/interrupted', {
        detail: 'Holdfast was closed.',
        hint: 'Run it again: what was stored before is not stored twice.',
      })
    }
    return error
  }

  #progress(running: Running, progress: typeof initialProgress, warnings: number): void {
    if (running.job.status.state !== 'running') return
    running.job = { ...running.job, warnings, status: { ...running.job.status, progress } }
    this.#throughputs.get(running.job.id)?.add(this.#options.clock.now(), progress.doneBytes, progress.storedBytes)
    this.#options.catalog.jobs.updateProgress(running.job.id, progress, warnings)
    this.#publish(running.job, false)
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

  /** Only what a plan started is tried again by itself; a person who pressed a button sees the failure. */
  #retryLater(job: Job): void {
    if (this.#closing.signal.aborted) return
    if (job.status.state !== 'error' || job.planId === undefined || job.spec.kind !== 'backup') return
    if (job.trigger === 'manual' || job.trigger === 'command-line') return
    const plan = this.#options.catalog.plans.get(job.planId)
    if (plan === undefined || !plan.enabled) return
    const attempt = this.#attempts(job) + 1
    const delayMs = retryDelayMs(plan.retry, job.status.error.code, attempt)
    if (delayMs === undefined) return
    const notBefore = this.#options.clock.now() + delayMs
    const retry = this.add(job.spec, {
      title: job.title,
      trigger: 'retry',
      planId: job.planId,
      repositoryId: job.repositoryId,
      reason: `Try ${attempt} of ${plan.retry.attempts} after a failure.`,
      retryOf: job.id,
      notBefore,
      waiting: `Tries again in ${Math.round(delayMs / 60_000)} minutes.`,
    })
    // A command line will be gone by then: whoever stays takes it.
    if (!this.#options.takesAll) this.#mine.delete(retry.id)
  }

  #attempts(job: Job): number {
    let attempts = 0
    let current: Job | undefined = job
    while (current?.retryOf !== undefined && attempts < 100) {
      attempts += 1
      current = this.#options.catalog.jobs.get(current.retryOf)
    }
    return attempts
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
        const running = this.#running.get(id)
        this.#shown.get(id)?.()
        if (running === undefined || running.isCancelled) continue
        running.isCancelled = true
        running.controller.abort()
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

interface Running {
  job: Job
  readonly controller: AbortController
  isCancelled: boolean
  /** How to make it stand still, once its thread has said that it can. */
  hold?: HoldSwitch
  done: Promise<void>
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

/** Waits for its turn here; what another queue decides on does not. */
function isPending(job: Job): boolean {
  if (job.spec.kind === 'remote') return false
  return job.status.state === 'queued' || job.status.state === 'waiting'
}

async function* filtered(changes: AsyncIterable<JobId[]>, id: JobId): AsyncGenerator<JobId> {
  for await (const batch of changes) if (batch.includes(id)) yield id
}
