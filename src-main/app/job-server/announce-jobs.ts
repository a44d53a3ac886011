import { setTimeout as sleep } from 'node:timers/promises'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job, JobLogLine } from '../../../src-shared/model/job.ts'
import type { JobLogReader } from '../../catalog/main/job-log.ts'
import { Job_State, type Job as QueuedJob } from '../../engines/vagrant/generated/server_pb.js'
import type { JobQueue as EngineQueue, ExternalJob } from '../../engines/vagrant/jobs/job-queue.ts'
import { failureStatus } from '../../engines/vagrant/wire/failure.ts'
import { timestamp } from '../../engines/vagrant/wire/times.ts'
import { isAbort } from '../contract-errors.ts'
import { followLog } from '../jobs/job-log-view.ts'
import { isEnded, type JobQueue } from '../jobs/job-queue.ts'
import { labelsOf, resultOf, statusOfFailure } from './announced-status.ts'
import { progressWords } from './progress-words.ts'

/** Progress is a line of output to those far away: as often as a person reads it. */
const progressEveryMs = 1000

export interface AnnounceParts {
  readonly queue: JobQueue
  readonly log: JobLogReader
  readonly engine: EngineQueue
  /** What this computer is called as a runner of its own jobs. */
  readonly runnerId: string
  bug(id: string, error: unknown): void
}

/**
 * Shows every job of this app, whatever process runs it, in the job server's queue: its state, its log as lines, its progress as
 * status events. A cancel over there cancels it here. Ends when the signal aborts; never throws.
 */
export async function announceJobs(parts: AnnounceParts, signal: AbortSignal): Promise<void> {
  const { queue, engine, bug } = parts
  const shown = new Map<JobId, AnnouncedJob>()
  const tasks = new Set<Promise<void>>()

  function take(job: Job): void {
    if (job.spec.kind === 'remote') return
    const known = shown.get(job.id)
    if (known !== undefined) {
      known.job = job
      return
    }
    if (isEnded(job) && isToldAlready(engine.get(job.id), job)) return
    const announced: AnnouncedJob = { job }
    shown.set(job.id, announced)
    const task = announce(parts, announced, signal)
      .catch((error: unknown) => {
        if (!isAbort(error) && !signal.aborted) bug('job-server', error)
      })
      .finally(() => {
        shown.delete(job.id)
        tasks.delete(task)
      })
    tasks.add(task)
  }

  for await (const event of queue.events(signal)) {
    // What ended before this began is told only where the queue knows of its beginning.
    if (event.type === 'snapshot')
      event.jobs.filter((job) => !isEnded(job) || engine.get(job.id) !== undefined).forEach(take)
    else if (event.type === 'changed') take(event.job)
  }
  await Promise.all(tasks)
}

interface AnnouncedJob {
  /** As the app has it now. */
  job: Job
}

/** The queue has its end, and not only because a restart cut it off. */
function isToldAlready(told: QueuedJob | undefined, { status }: Job): boolean {
  if (told?.state === Job_State.SUCCESS) return true
  if (told?.state !== Job_State.ERROR) return false
  const isCutOff = told.error?.code === failureStatus('aborted', '').code
  return !isCutOff || (status.state === 'error' && status.error.code === 'job/interrupted')
}

async function announce(parts: AnnounceParts, announced: AnnouncedJob, signal: AbortSignal): Promise<void> {
  const { queue, log, engine, runnerId } = parts
  const { id, spec, queuedAt } = announced.job
  // Lines that were told before a restart are not told again.
  let told = engine.get(id) === undefined ? 0 : await countLines(engine, id, signal)
  const labels = labelsOf(announced.job)
  const external = engine.external.announce({ id, command: spec.kind, labels, runnerId, queuedMs: queuedAt })
  const cancel = (): void => {
    // One that has just ended by itself needs no cancel.
    if (!isEnded(queue.get(id))) queue.cancel(id)
  }
  external.cancelled.addEventListener('abort', cancel, { once: true })
  const over = new AbortController()
  const progress = tellProgress(external, announced, AbortSignal.any([signal, over.signal]))
  try {
    for await (const { lines } of followLog({ queue, log }, { id, level: 'info' }, signal)) {
      const news = lines.slice(told)
      told = Math.max(0, told - lines.length)
      external.write(news.map(lineEvent))
    }
    signal.throwIfAborted()
  } finally {
    over.abort()
    external.cancelled.removeEventListener('abort', cancel)
    await progress
  }
  settle(external, queue.get(id))
}

/** Says that it runs, and from then on how far it is. */
async function tellProgress(external: ExternalJob, announced: AnnouncedJob, signal: AbortSignal): Promise<void> {
  let isStarted = false
  let last = ''
  while (!signal.aborted) {
    const { status } = announced.job
    if (status.state === 'running' && !isStarted) {
      isStarted = true
      external.start()
    }
    const words =
      status.state === 'running' ? progressWords(status.progress) : status.state === 'waiting' ? status.reason : last
    if (words !== last) {
      last = words
      const event = { case: 'status', value: { status: status.state, msg: words } } as const
      external.write([{ timestamp: timestamp(Date.now()), event }])
    }
    await sleep(progressEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

function settle(external: ExternalJob, job: Job): void {
  if (job.status.state === 'error') external.fail(statusOfFailure(job.status.error))
  else external.succeed(resultOf(job))
}

function lineEvent({ at, level, message, path }: JobLogLine) {
  const msg = path === undefined ? message : `${path}: ${message}`
  const style = level === 'warn' ? 'warning' : level === 'error' ? 'error' : ''
  return { timestamp: timestamp(at), event: { case: 'line', value: { msg, style } } } as const
}

async function countLines(engine: EngineQueue, id: string, signal: AbortSignal): Promise<number> {
  let lines = 0
  for await (const { event } of engine.follow(id, signal)) {
    if (event.case === 'terminal')
      lines += event.value.events.filter(({ event: { case: kind } }) => kind === 'line').length
    if (event.case === 'complete') break
  }
  return lines
}
