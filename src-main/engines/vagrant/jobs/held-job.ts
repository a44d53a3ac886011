import type { Status } from '../generated/google/rpc/status_pb.js'
import {
  type Job,
  type Job_Result,
  Job_State,
  type GetJobStreamResponse_Terminal_Event as TerminalEvent,
} from '../generated/server_pb.js'
import { failure, failureStatus } from '../wire/failure.ts'
import { timestamp } from '../wire/times.ts'
import type { Assignment } from './job-queue.ts'
import { illegalTransition } from './job-states.ts'
import type { LiveJob } from './live-job.ts'
import type { SqliteJobQueue } from './sqlite-job-queue.ts'

/** One stream's hold on a job. It compares attempts, so that a late holder changes nothing. */
export class HeldJob implements Assignment {
  readonly job: Job
  readonly #queue: SqliteJobQueue
  readonly #live: LiveJob
  readonly #attempt: number
  /** How many requests to cancel this holder was told of. */
  #told = 0
  #isAcked = false

  constructor(queue: SqliteJobQueue, job: Job, attempt: number) {
    this.#queue = queue
    this.job = job
    this.#attempt = attempt
    this.#live = queue.live(job.id)
  }

  ack(): void {
    const job = this.#current()
    if (!this.#isMine || job.state !== Job_State.WAITING) throw illegalTransition('acked', job.state)
    job.state = Job_State.RUNNING
    job.ackTime = timestamp(this.#queue.now)
    this.#isAcked = true
    // What was asked before the ack is told once, right after it.
    this.#told = this.#live.cancelRequests - (job.cancelTime === undefined ? 0 : 1)
    this.#queue.armHeartbeat(job.id)
    this.#queue.store(job)
  }

  nack(): void {
    const job = this.#queue.get(this.job.id)
    if (this.#isMine && job?.state === Job_State.WAITING) this.#queue.giveBack(job)
  }

  heartbeat(): void {
    if (this.#isRunning()) this.#queue.armHeartbeat(this.job.id)
  }

  write(events: readonly TerminalEvent[]): void {
    if (this.#isRunning()) this.#live.output.write(events)
  }

  complete(result: Job_Result | undefined): void {
    const job = this.#endable()
    job.state = Job_State.SUCCESS
    if (result !== undefined) job.result = result
    this.#end(job)
  }

  fail(error: Status | undefined): void {
    const job = this.#endable()
    job.state = Job_State.ERROR
    job.error = error === undefined || error.code === 0 ? failureStatus('unknown', error?.message ?? '') : error
    this.#end(job)
  }

  async nextCancel(signal: AbortSignal): Promise<{ readonly force: boolean }> {
    for (;;) {
      signal.throwIfAborted()
      const { version } = this.#live.changes
      if (this.#live.forcedAttempt === this.#attempt) return { force: true }
      if (this.#isAcked && this.#told < this.#live.cancelRequests) {
        this.#told++
        return { force: false }
      }
      await this.#live.changes.changed(version, signal)
    }
  }

  get #isMine(): boolean {
    return this.#live.attempt === this.#attempt
  }

  #isRunning(): boolean {
    return this.#isMine && this.#queue.get(this.job.id)?.state === Job_State.RUNNING
  }

  #current(): Job {
    const job = this.#queue.get(this.job.id)
    if (job === undefined) throw failure('internal', 'job disappeared')
    return job
  }

  #endable(): Job {
    const job = this.#current()
    if (!this.#isMine || job.state !== Job_State.RUNNING) throw illegalTransition('completed', job.state)
    return job
  }

  #end(job: Job): void {
    job.completeTime = timestamp(this.#queue.now)
    this.#queue.store(job)
  }
}
