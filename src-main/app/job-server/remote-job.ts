import { createHash } from 'node:crypto'
import { assertNever } from '../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type JobId, jobId } from '../../../src-shared/model/ids.ts'
import type { Job, JobStatus } from '../../../src-shared/model/job.ts'
import type { PlainError } from '../../../src-shared/model/plain-error.ts'
import type { RemoteJobSpec } from '../../../src-shared/model/remote-job.ts'
import { initialProgress } from '../../catalog/main/job-row.ts'
import { Job_State, type Job as QueuedJob } from '../../engines/vagrant/generated/server_pb.js'
import { failureStatus } from '../../engines/vagrant/wire/failure.ts'
import { unixMs } from '../../engines/vagrant/wire/times.ts'
import { cutText } from './cut-text.ts'

const mostWords = 32
const longestWord = 100
const longestDetail = 1000
const longestId = 256

/** Codes that say how a job of the queue ended, as docs/engines/vagrant.md has them. */
const cancelledCode = failureStatus('cancelled', '').code
const abortedCode = failureStatus('aborted', '').code

/** The queue names jobs by ULIDs, the catalog by UUIDs: the same job always gets the same one (RFC 9562, version 8). */
export function remoteJobId(queueId: string): JobId {
  const bytes = createHash('sha256').update(queueId).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return jobId.parse([0, 8, 12, 16, 20].map((at, i, all) => hex.slice(at, all[i + 1])).join('-'))
}

/** A job of the job server's queue as Activity shows it. `waitingReason` is a sentence, for one that nobody took yet. */
export function shownJob(job: QueuedJob, waitingReason?: string): Job {
  const spec = specOf(job)
  return {
    id: remoteJobId(job.id),
    // Jobs of that app itself say what they are called.
    title: cutText(job.labels['holdfast/title'] ?? titleOf(spec), longestDetail),
    spec,
    trigger: 'remote',
    queuedAt: unixMs(job.queueTime),
    reason: spec.runner === undefined ? '' : `Runner ${spec.runner} took it.`,
    warnings: 0,
    status: statusOf(job, waitingReason),
  }
}

export function specOf(job: QueuedJob): RemoteJobSpec {
  const { operation } = job
  const target = job.targetRunner?.target
  const command = operation.case === 'command' ? operation.value : undefined
  return {
    kind: 'remote',
    queueId: job.id,
    operation: operation.case ?? 'unknown',
    words: command === undefined ? [] : shownWords([command.command, ...(command.cliArgs?.args ?? [])]),
    ...(target?.case === 'id' ? { wantedRunner: cutText(target.value.id, longestId) } : {}),
    ...(job.assignedRunner === undefined ? {} : { runner: cutText(job.assignedRunner.id, longestId) }),
  }
}

/** Others may queue what they like; nothing over a mebibyte crosses the contract (style D5), and a list has 200 jobs. */
function shownWords(words: readonly string[]): string[] {
  return words.slice(0, mostWords).map((word) => cutText(word, longestWord))
}

function titleOf({ operation, words, wantedRunner }: RemoteJobSpec): string {
  const what = operation === 'command' ? words.join(' ') : titles[operation]
  return wantedRunner === undefined ? what : `${what} on ${wantedRunner}`
}

const titles = {
  noop: 'Try the runner',
  validate: 'Validate',
  init: 'Ask what the runner can do',
  auth: 'Check the credentials',
  docs: 'Read the documentation',
  unknown: 'A job of a newer kind',
} as const

function statusOf(job: QueuedJob, waitingReason: string | undefined): JobStatus {
  const { state } = job
  switch (state) {
    case Job_State.UNKNOWN:
    case Job_State.QUEUED:
      return waitingReason === undefined ? { state: 'queued' } : { state: 'waiting', reason: waitingReason }
    case Job_State.WAITING:
      return { state: 'waiting', reason: `Handed to runner ${job.assignedRunner?.id ?? ''}.` }
    case Job_State.RUNNING:
      return { state: 'running', startedAt: unixMs(job.ackTime), progress: initialProgress }
    case Job_State.SUCCESS:
    case Job_State.ERROR: {
      const endedAt = unixMs(job.completeTime)
      const error = failureOf(job)
      if (error !== undefined)
        return { state: 'error', endedAt, error, ...(job.ackTime && { startedAt: unixMs(job.ackTime) }) }
      const startedAt = unixMs(job.ackTime ?? job.completeTime)
      return { state: 'success', startedAt, endedAt, summary: { doneBytes: 0, storedBytes: 0 } }
    }
    default:
      return assertNever(state)
  }
}

/** A command that ran and failed is a success of the queue (section 17), yet what was asked for was not done. */
function failureOf({ state, error, result }: QueuedJob): PlainError | undefined {
  if (state === Job_State.ERROR) {
    if (error?.code === cancelledCode) return plain(new HoldfastError('job/cancelled'))
    if (error?.code === abortedCode)
      return plain(new HoldfastError('job/interrupted', { detail: cutText(error.message, longestDetail) }))
    return plain(new HoldfastError('job/failed-elsewhere', { detail: error && cutText(error.message, longestDetail) }))
  }
  const run = result?.run
  if (run === undefined || run.runResult) return undefined
  const detail = run.runError?.message ?? `It ended with code ${run.exitCode}.`
  return plain(new HoldfastError('job/failed-elsewhere', { detail: cutText(detail, longestDetail) }))
}

function plain({ code, message }: HoldfastError): PlainError {
  return { code, message }
}
