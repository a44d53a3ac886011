import type { JobId } from '../../../src-shared/model/ids.ts'
import type { JobLogReader } from '../../catalog/main/job-log.ts'
import type { JobReader } from '../../catalog/main/job-reader.ts'
import {
  Job_State,
  type Job as QueuedJob,
  type GetJobStreamResponse_Terminal_Event as TerminalEvent,
} from '../../engines/vagrant/generated/server_pb.js'
import { isFinished } from '../../engines/vagrant/jobs/follow-job.ts'
import type { JobQueue as EngineQueue } from '../../engines/vagrant/jobs/job-queue.ts'
import { failureStatus } from '../../engines/vagrant/wire/failure.ts'
import { terminalLines } from '../../engines/vagrant/wire/terminal-lines.ts'
import { timestamp, unixMs } from '../../engines/vagrant/wire/times.ts'
import { isAbort } from '../contract-errors.ts'
import { isEnded, type JobQueue } from '../jobs/job-queue.ts'
import { remoteJobId, shownJob } from './remote-job.ts'

/** Queued jobs whose reason to wait is looked at again when a runner comes or goes. */
const explainedJobs = 200

export interface ShowParts {
  readonly queue: JobQueue
  readonly jobs: JobReader
  readonly log: JobLogReader
  readonly engine: EngineQueue
  /** Why a job is not taken yet, as a sentence. */
  waitingReason(queueId: string): string | undefined
  bug(id: string, error: unknown): void
}

/** Jobs that were queued at the job server, as jobs of this app: in Activity, with what they print in their log. */
export class RemoteJobs {
  readonly #parts: ShowParts
  /** Ended, and shown so. */
  readonly #settled = new Set<string>()
  readonly #followed = new Map<string, Promise<void>>()

  constructor(parts: ShowParts) {
    this.#parts = parts
  }

  /** Ends when the signal aborts; never throws. */
  async run(signal: AbortSignal): Promise<void> {
    this.#reconcile()
    for await (const change of this.#parts.engine.changes(signal)) {
      if (change.type === 'removed') this.#settled.delete(change.id)
      else this.#take(change.job, signal)
    }
    await Promise.all(this.#followed.values())
  }

  /** A runner came or went: what waits may wait for something else now. */
  runnersChanged(): void {
    const waiting = this.#parts.engine
      .list()
      .filter((job) => job.state === Job_State.QUEUED && !this.#parts.engine.external.has(job.id))
    for (const job of waiting.slice(0, explainedJobs)) this.#show(job)
  }

  /** Says of what is not over that nobody decides on it now. */
  close(): void {
    for (const job of this.#parts.engine.list()) {
      if (isFinished(job) || this.#parts.engine.external.has(job.id)) continue
      const status = { state: 'waiting', reason: 'The job server is off.' } as const
      this.#parts.queue.show({ ...shownJob(job), status })
    }
  }

  /** What happened while the server was off: ends that nobody wrote down here, and wishes to cancel. */
  #reconcile(): void {
    const { engine, jobs } = this.#parts
    for (const job of engine.list()) {
      if (engine.external.has(job.id)) continue
      const row = jobs.get(remoteJobId(job.id))
      const isOver = row !== undefined && isEnded(row)
      const code = row?.status.state === 'error' ? row.status.error.code : undefined
      if (isFinished(job)) {
        if (row === undefined || (isOver && code !== 'job/interrupted')) this.#settled.add(job.id)
      } else if (code === 'job/cancelled') engine.cancel(job.id, { force: true })
    }
  }

  #take(job: QueuedJob, signal: AbortSignal): void {
    const { engine, bug } = this.#parts
    const { id } = job
    if (this.#settled.has(id) || this.#followed.has(id) || engine.external.has(id)) return
    if (job.ackTime === undefined) {
      this.#show(job)
      if (isFinished(job)) this.#settled.add(id)
      return
    }
    const following = this.#follow(id, signal)
      .catch((error: unknown) => {
        if (signal.aborted || isAbort(error)) return
        // Deleted together with its project, for one.
        this.#show({
          ...job,
          state: Job_State.ERROR,
          completeTime: timestamp(Date.now()),
          error: failureStatus('aborted', 'It was deleted.'),
        })
        if (engine.get(id) !== undefined) bug('job-server', error)
      })
      .finally(() => this.#followed.delete(id))
    this.#followed.set(id, following)
  }

  /** Copies what it prints into its log, in front of its end: whoever reads a job that is over has all of it. */
  async #follow(queueId: string, signal: AbortSignal): Promise<void> {
    const { engine, log, queue } = this.#parts
    const id = remoteJobId(queueId)
    let told = lastLine(log, id)
    for await (const { event } of engine.follow(queueId, signal)) {
      switch (event.case) {
        case 'state':
          if (event.value.job !== undefined && !isFinished(event.value.job)) this.#show(event.value.job)
          break
        case 'terminal': {
          const lines = event.value.events.flatMap(logLines)
          const news = lines.slice(told)
          told = Math.max(0, told - lines.length)
          if (news.length > 0) queue.appendLog(id, news)
          break
        }
        case 'complete': {
          const job = engine.get(queueId)
          if (job !== undefined) this.#show(job)
          this.#settled.add(queueId)
          return
        }
        default:
          break
      }
    }
  }

  #show(job: QueuedJob): void {
    const { queue, engine, waitingReason } = this.#parts
    const isWaiting = job.state === Job_State.QUEUED
    let isAsked = false
    queue.show(shownJob(job, isWaiting ? waitingReason(job.id) : undefined), () => {
      if (isAsked) return
      isAsked = true
      engine.cancel(job.id)
    })
  }
}

/** The number of the last line there is: lines are numbered from 1 without gaps. */
function lastLine(log: JobLogReader, id: JobId): number {
  const limit = 1000
  for (let after = 0; ; ) {
    const page = log.page(id, { after, limit })
    after = page.at(-1)?.id ?? after
    if (page.length < limit) return after
  }
}

function logLines(event: TerminalEvent) {
  const at = event.timestamp === undefined ? Date.now() : unixMs(event.timestamp)
  return terminalLines(event).map((message) => ({ at, level: 'info' as const, message }))
}
