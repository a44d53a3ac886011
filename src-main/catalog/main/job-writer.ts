import type { Database, Statement } from 'better-sqlite3'
import type { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobId } from '../../../src-shared/model/ids.ts'
import {
  type Job,
  type JobProgress,
  type JobStatus,
  job as jobModel,
  jobSpec,
  jobStatus,
} from '../../../src-shared/model/job.ts'
import { toJson } from '../database/json-column.ts'
import type { Instances } from './instances.ts'
import { createJobReader, type JobReader } from './job-reader.ts'
import { initialProgress, type JobRow, readJobRow, repositoryOf, writesRepository } from './job-row.ts'

export type PendingStatus = Extract<JobStatus, { state: 'queued' | 'waiting' }>
export type EndStatus = Extract<JobStatus, { state: 'success' | 'error' }>

/**
 * The queue. A running job belongs to the instance that claimed it; only that one reports and finishes it, any may cancel it, and
 * any may settle it once that instance is gone.
 */
export interface JobQueue extends JobReader {
  /** Puts a job into the queue, to be claimed from `notBefore` on (Unix milliseconds; at once when absent). */
  insert(job: z.input<typeof jobModel> & { readonly status: PendingStatus }, notBefore?: number): Job
  /** Writes down a job that another queue decides on, new or changed, in whatever state. One that runs belongs to this instance. */
  show(job: Job): Job
  /**
   * Takes the oldest job that may run and makes it this instance's: its time has come, no other writer works on its repository, and
   * `accept` agrees. One process at a time is in here, so `accept` must be quick.
   */
  claimNext(accept?: (job: Job) => boolean): Job | undefined
  /** Says why a job is not running yet. No effect on one that runs or has ended. */
  setWaiting(id: JobId, reason: string, notBefore?: number): void
  /** Written at most once a second for each job; true when it was. */
  updateProgress(id: JobId, progress: JobProgress, warnings?: number): boolean
  /** Ends a job of this instance, or one that never ran. False when it had ended already, or runs elsewhere. Throws `job/unknown`. */
  finish(id: JobId, status: EndStatus, warnings?: number): boolean
  /** Ends a job that is not running yet at once; asks the owner of a running one to stop. Throws `job/unknown`. */
  requestCancel(id: JobId): void
  /** Jobs of this instance that somebody asked to stop. */
  cancelRequests(): readonly JobId[]
  /** Ends the running jobs of instances that no longer exist with `job/interrupted`, and returns them. */
  recoverInterrupted(): readonly Job[]
  /** Removes ended jobs but the newest `keep` and each plan's last good run. Returns how many. */
  prune(keep: number): number
}

export interface JobQueueOptions {
  readonly now: () => number
  /** At most how often progress goes to disk. */
  readonly progressIntervalMs?: number | undefined
}

/** How many removals subscribers can catch up on before they have to read the list again. */
const removalsKept = 10_000

export function createJobQueue(db: Database, instances: Instances, options: JobQueueOptions): JobQueue {
  const { now, progressIntervalMs = 1000 } = options
  const reader = createJobReader(db)
  const sql = prepareStatements(db)
  const progressWrittenAt = new Map<JobId, number>()

  const nextRevision = (): number => {
    const revision = sql.nextRevision.get()
    if (revision === undefined) throw new HoldfastError('catalog/corrupt', { detail: 'The job revision is missing.' })
    return revision
  }

  const rowOf = (id: JobId): JobRow => {
    const row = sql.one.get(id)
    if (row === undefined) throw new HoldfastError('job/unknown')
    return row
  }

  const add = (job: Job, notBefore: number | undefined): void => {
    sql.insert.run({
      id: job.id,
      revision: nextRevision(),
      kind: job.spec.kind,
      title: job.title.toWellFormed(),
      spec: toJson(jobSpec, job.spec),
      trigger: job.trigger,
      plan_id: job.planId ?? null,
      repository_id: job.repositoryId ?? repositoryOf(job.spec) ?? null,
      is_writer: writesRepository(job.spec) ? 1 : 0,
      queued_at: job.queuedAt,
      not_before: notBefore ?? 0,
      reason: job.reason.toWellFormed(),
      retry_of: job.retryOf ?? null,
      warnings: job.warnings,
      state: job.status.state,
      status: toJson(jobStatus, job.status),
    })
  }

  const write = (row: JobRow, change: StatusChange): Job => {
    const { status } = change
    sql.setStatus.run({
      id: row.id,
      revision: nextRevision(),
      state: status.state,
      status: toJson(jobStatus, status),
      ended_at: 'endedAt' in status ? status.endedAt : null,
      error_code: status.state === 'error' ? status.error.code : null,
      owner: status.state === 'running' ? instances.id : null,
      warnings: change.warnings ?? row.warnings,
      not_before: change.notBefore ?? row.not_before,
    })
    return readJobRow(rowOf(readJobRow(row).id))
  }

  return {
    ...reader,

    insert: db.transaction((input: z.input<typeof jobModel> & { status: PendingStatus }, notBefore?: number) => {
      const job = jobModel.parse(input)
      add(job, notBefore)
      return readJobRow(rowOf(job.id))
    }).immediate,

    show: db.transaction((input: Job) => {
      const job = jobModel.parse(input)
      if (sql.one.get(job.id) === undefined) add(job, undefined)
      const { id, spec, title, reason, status, warnings } = job
      sql.describe.run(toJson(jobSpec, spec), title.toWellFormed(), reason.toWellFormed(), id)
      return write(rowOf(id), { status, warnings })
    }).immediate,

    claimNext: db.transaction((accept: (job: Job) => boolean = () => true) => {
      for (const row of sql.claimable.all(now())) {
        if (!accept(readJobRow(row))) continue
        return write(row, { status: { state: 'running', startedAt: now(), progress: initialProgress } })
      }
      return undefined
    }).immediate,

    setWaiting: db.transaction((id: JobId, reason: string, notBefore?: number) => {
      const row = rowOf(id)
      if (row.state !== 'queued' && row.state !== 'waiting') return
      write(row, { status: { state: 'waiting', reason: reason.toWellFormed() }, notBefore })
    }).immediate,

    updateProgress(id, progress, warnings) {
      const time = now()
      if (time - (progressWrittenAt.get(id) ?? Number.NEGATIVE_INFINITY) < progressIntervalMs) return false
      progressWrittenAt.set(id, time)
      return db
        .transaction(() => {
          const row = rowOf(id)
          const { status } = readJobRow(row)
          if (status.state !== 'running' || row.owner !== instances.id) return false
          write(row, { status: { ...status, progress }, warnings })
          return true
        })
        .immediate()
    },

    finish(id, status, warnings) {
      progressWrittenAt.delete(id)
      return db
        .transaction(() => {
          const row = rowOf(id)
          if (row.ended_at !== null || (row.owner !== null && row.owner !== instances.id)) return false
          write(row, { status, warnings })
          return true
        })
        .immediate()
    },

    requestCancel: db.transaction((id: JobId) => {
      const row = rowOf(id)
      if (row.ended_at !== null) return
      if (row.state === 'running') sql.requestCancel.run(nextRevision(), id)
      else write(row, { status: endedBy('job/cancelled', undefined, now()) })
    }).immediate,

    cancelRequests: () => sql.cancelRequests.all(instances.id).map((row) => readJobRow(row).id),

    recoverInterrupted: db.transaction(() => {
      const alive = new Map<string, boolean>()
      const isAlive = (owner: string) => {
        const known = alive.get(owner) ?? instances.isAlive(owner)
        alive.set(owner, known)
        return known
      }
      return sql.running
        .all()
        .filter(({ owner }) => owner !== null && !isAlive(owner))
        .map((row) => {
          const { status } = readJobRow(row)
          const startedAt = status.state === 'running' ? status.startedAt : undefined
          return write(row, { status: endedBy('job/interrupted', startedAt, now()) })
        })
    }).immediate,

    prune: db.transaction((keep: number) => {
      const good = new Set<string>(reader.lastGoodRuns().map((run) => run.jobId))
      const doomed = sql.prunable.all(keep).filter((id) => !good.has(id))
      for (const id of doomed) {
        sql.remove.run(id)
        sql.insertRemoved.run(nextRevision(), id)
      }
      const forgotten = sql.oldRemovals.get(removalsKept)
      if (forgotten !== undefined) {
        sql.dropRemovals.run(forgotten)
        sql.setForgotten.run(forgotten)
      }
      return doomed.length
    }).immediate,
  }
}

interface StatusChange {
  readonly status: JobStatus
  readonly warnings?: number | undefined
  readonly notBefore?: number | undefined
}

function endedBy(code: 'job/cancelled' | 'job/interrupted', startedAt: number | undefined, endedAt: number): EndStatus {
  const { message } = new HoldfastError(code)
  const hint = code === 'job/interrupted' ? 'Run it again: what was stored before is not stored twice.' : undefined
  return { state: 'error', startedAt, endedAt, error: { code, message, hint } }
}

function prepareStatements(db: Database) {
  const pluck = <Parameters extends unknown[], Result>(text: string): Statement<Parameters, Result> =>
    db.prepare<Parameters, Result>(text).pluck()
  return {
    one: db.prepare<[string], JobRow>('SELECT * FROM job WHERE id = ?'),
    running: db.prepare<[], JobRow>("SELECT * FROM job WHERE state = 'running'"),
    cancelRequests: db.prepare<[string], JobRow>(
      "SELECT * FROM job WHERE state = 'running' AND cancel_requested = 1 AND owner = ?",
    ),
    claimable: db.prepare<[number], JobRow>(
      `SELECT * FROM job WHERE state IN ('queued', 'waiting') AND not_before <= ? AND NOT (is_writer = 1 AND EXISTS (
         SELECT 1 FROM job AS other WHERE other.repository_id = job.repository_id AND other.state = 'running'
         AND other.is_writer = 1)) ORDER BY sequence`,
    ),
    insert: db.prepare(
      `INSERT INTO job (id, revision, kind, title, spec, trigger, plan_id, repository_id, is_writer, queued_at, not_before,
         reason, retry_of, warnings, state, status)
       VALUES (:id, :revision, :kind, :title, :spec, :trigger, :plan_id, :repository_id, :is_writer, :queued_at, :not_before,
         :reason, :retry_of, :warnings, :state, :status)`,
    ),
    setStatus: db.prepare(
      `UPDATE job SET revision = :revision, state = :state, status = :status, ended_at = :ended_at,
         error_code = :error_code, owner = :owner, warnings = :warnings, not_before = :not_before WHERE id = :id`,
    ),
    describe: db.prepare('UPDATE job SET spec = ?, title = ?, reason = ? WHERE id = ?'),
    requestCancel: db.prepare('UPDATE job SET cancel_requested = 1, revision = ? WHERE id = ?'),
    nextRevision: pluck<[], number>('UPDATE job_revision SET newest = newest + 1 WHERE only = 1 RETURNING newest'),
    prunable: pluck<[number], string>(
      "SELECT id FROM job WHERE state IN ('success', 'error') ORDER BY sequence DESC LIMIT -1 OFFSET ?",
    ),
    remove: db.prepare('DELETE FROM job WHERE id = ?'),
    insertRemoved: db.prepare('INSERT INTO job_removed VALUES (?, ?)'),
    oldRemovals: pluck<[number], number>('SELECT revision FROM job_removed ORDER BY revision DESC LIMIT 1 OFFSET ?'),
    dropRemovals: db.prepare('DELETE FROM job_removed WHERE revision <= ?'),
    setForgotten: db.prepare('UPDATE job_revision SET forgotten = ? WHERE only = 1'),
  }
}
