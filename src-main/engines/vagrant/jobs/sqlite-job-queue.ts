import { clone } from '@bufbuild/protobuf'
import type { Database } from 'better-sqlite3'
import { type GetJobStreamResponse, type Job, Job_State, JobSchema } from '../generated/server_pb.js'
import { failure, failureStatus } from '../wire/failure.ts'
import { timestamp, unixMs } from '../wire/times.ts'
import type { Clock } from './clock.ts'
import { followJob, isFinished } from './follow-job.ts'
import { HeldJob } from './held-job.ts'
import { JobFeed } from './job-feed.ts'
import type {
  Assignment,
  ExternalJob,
  ExternalJobs,
  JobChange,
  JobQueue,
  JobTimers,
  WaitingRunner,
} from './job-queue.ts'
import { discardServerFields, markCanceled, markQueuedAgain } from './job-states.ts'
import { JobTable } from './job-table.ts'
import { LiveJob } from './live-job.ts'
import { OutputBuffer, type OutputLimits, type OutputStatements, prepareOutput } from './output-buffer.ts'
import { announceJob } from './shown-job.ts'

export interface SqliteJobQueueOptions {
  readonly db: Database
  readonly clock: Clock
  newId(): string
  readonly timers: JobTimers
  readonly output: OutputLimits
}

interface Waiting {
  readonly runner: WaitingRunner
  resolve(assignment: Assignment): void
  reject(error: unknown): void
}

/** The queue in the server's database. Rows are the truth; memory holds only timers, listeners and who waits. */
export class SqliteJobQueue implements JobQueue {
  readonly external: ExternalJobs = {
    announce: (description): ExternalJob => announceJob(this, description),
    has: (id) => this.table.isExternal(id),
  }
  readonly table: JobTable
  readonly #options: SqliteJobQueueOptions
  readonly #outputs: OutputStatements
  readonly #feed = new JobFeed()
  readonly #live = new Map<string, LiveJob>()
  readonly #waiting = new Set<Waiting>()
  readonly #closing = new AbortController()

  constructor(options: SqliteJobQueueOptions) {
    this.#options = options
    this.table = new JobTable(options.db)
    this.#outputs = prepareOutput(options.db)
    this.#recover()
  }

  queue(sent: Job, expiresInMs?: number): Job {
    const { clock, newId } = this.#options
    const job = clone(JobSchema, sent)
    discardServerFields(job)
    job.id = newId()
    job.state = Job_State.QUEUED
    job.queueTime = timestamp(clock.now())
    if (expiresInMs !== undefined) job.expireTime = timestamp(clock.now() + expiresInMs)
    this.table.insert(job, { isExternal: false })
    this.#tell(job)
    this.#armExpiry(job)
    this.wake()
    return job
  }

  get(id: string): Job | undefined {
    return this.table.get(id)
  }

  list(): Job[] {
    return this.table.list()
  }

  cancel(id: string, { force = false } = {}): boolean {
    const job = this.get(id)
    if (job === undefined) return false
    if (isFinished(job)) return true
    if (this.table.isExternal(id)) {
      job.cancelTime = timestamp(this.#options.clock.now())
      this.store(job)
      this.live(id).external.abort()
    } else if (force || job.state === Job_State.QUEUED) this.#endByForce(job)
    else this.#requestCancel(job)
    return true
  }

  assign(runner: WaitingRunner, signal: AbortSignal): Promise<Assignment> {
    const either = AbortSignal.any([signal, this.#closing.signal])
    return new Promise((resolve, reject) => {
      if (either.aborted) {
        reject(either.reason)
        return
      }
      const abort = (): void => waiting.reject(either.reason)
      const settle = (work: () => void): void => {
        this.#waiting.delete(waiting)
        either.removeEventListener('abort', abort)
        work()
      }
      const waiting: Waiting = {
        runner,
        resolve: (assignment) => settle(() => resolve(assignment)),
        reject: (error) => settle(() => reject(error)),
      }
      either.addEventListener('abort', abort, { once: true })
      this.#waiting.add(waiting)
      this.#offer(waiting)
    })
  }

  wake(): void {
    for (const waiting of [...this.#waiting]) this.#offer(waiting)
  }

  async *follow(id: string, signal: AbortSignal): AsyncGenerator<GetJobStreamResponse, void, undefined> {
    if (this.get(id) === undefined) throw failure('not-found', 'job not found')
    const live = this.live(id)
    live.listeners++
    try {
      const either = AbortSignal.any([signal, this.#closing.signal])
      yield* followJob({ live, job: () => this.get(id) }, either)
    } finally {
      live.listeners--
      this.#forget(id)
    }
  }

  changes(signal: AbortSignal): AsyncGenerator<JobChange, void, undefined> {
    const whole = (): JobChange[] => this.list().map((job) => ({ type: 'changed', job }))
    return this.#feed.subscribe(whole, AbortSignal.any([signal, this.#closing.signal]))
  }

  prune(keep: number): number {
    const removed = this.table.prune(keep)
    for (const id of removed) this.#removed(id)
    return removed.length
  }

  /** After rows went along with their basis or project. */
  dropVanished(): void {
    for (const id of this.#live.keys()) if (this.get(id) === undefined) this.#removed(id)
  }

  close(): void {
    this.#closing.abort(failure('unavailable', 'the server is shutting down'))
    for (const live of this.#live.values()) live.stop()
  }

  // Below: for the holders of jobs (`HeldJob`, `announceJob`), not part of `JobQueue`.

  get now(): number {
    return this.#options.clock.now()
  }

  live(id: string): LiveJob {
    const known = this.#live.get(id)
    if (known !== undefined) return known
    const live = new LiveJob(new OutputBuffer(this.#outputs, id, this.#options.output))
    this.#live.set(id, live)
    return live
  }

  /** Stores a change of state and tells everybody; the end of a job also ends its timers. */
  store(job: Job): void {
    this.table.update(job)
    const live = this.#live.get(job.id)
    if (isFinished(job)) {
      live?.stop()
      live?.output.close()
    }
    this.#tell(job)
    this.#forget(job.id)
  }

  /** Told of a job that was stored by whoever calls. */
  tell(job: Job): void {
    this.#tell(job)
  }

  /** A nack, or nobody acknowledged in time. What was cancelled meanwhile does not run again. */
  giveBack(job: Job): void {
    const live = this.live(job.id)
    live.setTimer(undefined)
    live.attempt++
    if (job.cancelTime === undefined) markQueuedAgain(job)
    else markCanceled(job, this.now)
    this.store(job)
    if (!isFinished(job)) this.wake()
  }

  armHeartbeat(id: string): void {
    const live = this.live(id)
    const { clock, timers } = this.#options
    live.setTimer(
      clock.after(timers.heartbeatMs, () => {
        const job = this.get(id)
        if (job?.state === Job_State.RUNNING) this.#endByForce(job)
      }),
    )
  }

  #offer(waiting: Waiting): void {
    const registration = waiting.runner.registration()
    if (registration === undefined) {
      waiting.reject(failure('not-found', 'runner not found'))
      return
    }
    const job = this.table.nextFor(waiting.runner.id, registration.byIdOnly)
    if (job === undefined) return
    job.state = Job_State.WAITING
    job.assignTime = timestamp(this.now)
    job.assignedRunner = { $typeName: 'hashicorp.vagrant.Ref.RunnerId', id: waiting.runner.id }
    const live = this.live(job.id)
    live.attempt++
    this.#armAck(job.id, live)
    this.store(job)
    waiting.resolve(new HeldJob(this, job, live.attempt))
  }

  #armAck(id: string, live: LiveJob): void {
    const { clock, timers } = this.#options
    live.setTimer(
      clock.after(timers.ackMs, () => {
        const job = this.get(id)
        if (job?.state === Job_State.WAITING) this.giveBack(job)
      }),
    )
  }

  #armExpiry(job: Job): void {
    if (job.expireTime === undefined || isFinished(job)) return
    const { id } = job
    const leftMs = unixMs(job.expireTime) - this.now
    const expire = (): void => {
      const current = this.get(id)
      if (current?.state === Job_State.QUEUED) this.#endByForce(current)
      else if (current?.state === Job_State.WAITING) this.#requestCancel(current)
    }
    if (leftMs <= 0) expire()
    else this.live(id).setExpiry(this.#options.clock.after(leftMs, expire))
  }

  #requestCancel(job: Job): void {
    job.cancelTime = timestamp(this.now)
    this.live(job.id).cancelRequests++
    this.store(job)
  }

  #endByForce(job: Job): void {
    const live = this.live(job.id)
    live.forcedAttempt = live.attempt
    markCanceled(job, this.now)
    this.store(job)
  }

  #tell(job: Job): void {
    this.#live.get(job.id)?.changes.notify()
    this.#feed.publish(job.id, { type: 'changed', job })
  }

  #removed(id: string): void {
    const live = this.#live.get(id)
    live?.stop()
    live?.output.close()
    live?.changes.notify()
    this.#live.delete(id)
    this.#feed.publish(id, { type: 'removed', id })
  }

  /** Keeps memory to what is worked on or listened to. */
  #forget(id: string): void {
    const live = this.#live.get(id)
    if (live === undefined || live.listeners > 0 || live.isHeld) return
    const job = this.get(id)
    if (job === undefined || isFinished(job)) {
      live.stop()
      this.#live.delete(id)
    }
  }

  /** What a restart finds (section 15). Jobs of the app were cut off with the app. */
  #recover(): void {
    for (const job of this.table.unfinished()) {
      if (this.table.isExternal(job.id)) {
        job.state = Job_State.ERROR
        job.error = failureStatus('aborted', 'interrupted')
        job.completeTime = timestamp(this.now)
        this.store(job)
      } else if (job.state === Job_State.WAITING) this.#armAck(job.id, this.live(job.id))
      else if (job.state === Job_State.RUNNING) this.armHeartbeat(job.id)
      this.#armExpiry(job)
    }
  }
}
