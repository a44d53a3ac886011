import type { Database } from 'better-sqlite3'
import { type JobId, jobId, type PlanId, planId, type RepositoryId } from '../../../src-shared/model/ids.ts'
import type { Job, JobKind, JobStatus } from '../../../src-shared/model/job.ts'
import { type JobRow, readJobRow } from './job-row.ts'

export interface JobReader {
  get(id: JobId): Job | undefined
  /** Newest first. `next` is the `before` of the next page. */
  list(filter: JobFilter): JobPage
  /** Queued, waiting and running, in the order they will run. */
  active(): readonly Job[]
  /** The number of the newest change, to hand to `changesAfter`. */
  revision(): number
  /**
   * What changed since a revision, in order; at most some hundred jobs at a time, so ask until `revision` stands still. When
   * `isComplete` is false the removals of that time are no longer known: read the whole list again.
   */
  changesAfter(revision: number): JobChanges
  /** The newest successful backup of each plan; dry runs do not count. */
  lastGoodRuns(): readonly GoodRun[]
  /** Ended backups since `since`, oldest first, for the strip of the last 30 days. At most 10,000. */
  results(since: number, planId?: PlanId): readonly PlanResult[]
}

export interface JobFilter {
  readonly states?: readonly JobStatus['state'][] | undefined
  readonly kinds?: readonly JobKind[] | undefined
  readonly planId?: PlanId | undefined
  readonly repositoryId?: RepositoryId | undefined
  readonly before?: JobId | undefined
  /** At most 500. */
  readonly limit: number
}

export interface JobPage {
  readonly jobs: readonly Job[]
  readonly next: JobId | undefined
}

export interface JobChanges {
  readonly revision: number
  readonly changed: readonly Job[]
  readonly removed: readonly JobId[]
  readonly isComplete: boolean
}

export interface GoodRun {
  readonly planId: PlanId
  readonly jobId: JobId
  readonly endedAt: number
  readonly warnings: number
}

export interface PlanResult {
  readonly planId: PlanId
  readonly jobId: JobId
  readonly endedAt: number
  readonly outcome: 'success' | 'warnings' | 'error' | 'cancelled'
}

const maxPage = 500
const maxResults = 10_000

export function createJobReader(db: Database): JobReader {
  const one = db.prepare<[string], JobRow>('SELECT * FROM job WHERE id = ?')
  const sequenceOf = db.prepare<[string], number>('SELECT sequence FROM job WHERE id = ?').pluck()
  const active = db.prepare<[], JobRow>(
    "SELECT * FROM job WHERE state IN ('queued', 'waiting', 'running') ORDER BY sequence",
  )
  const counters = db.prepare<[], { newest: number; forgotten: number }>(
    'SELECT newest, forgotten FROM job_revision WHERE only = 1',
  )
  const changed = db.prepare<[number, number], JobRow>('SELECT * FROM job WHERE revision > ? ORDER BY revision LIMIT ?')
  const removed = db
    .prepare<[number, number], string>(
      'SELECT id FROM job_removed WHERE revision > ? AND revision <= ? ORDER BY revision',
    )
    .pluck()
  const goodRuns = db.prepare<[], ResultRow>(
    `SELECT plan_id, id, max(ended_at) AS ended_at, warnings, state, error_code FROM job
     WHERE plan_id IS NOT NULL AND kind = 'backup' AND state = 'success' AND is_writer = 1 GROUP BY plan_id`,
  )
  const resultColumns = 'plan_id, id, ended_at, warnings, state, error_code'
  const results = db.prepare<[number], ResultRow>(
    `SELECT ${resultColumns} FROM job WHERE plan_id IS NOT NULL AND ended_at >= ? AND kind = 'backup' AND is_writer = 1
     ORDER BY ended_at, sequence LIMIT ${maxResults}`,
  )
  const planResults = db.prepare<[number, string], ResultRow>(
    `SELECT ${resultColumns} FROM job WHERE ended_at >= ? AND plan_id = ? AND kind = 'backup' AND is_writer = 1
     ORDER BY ended_at, sequence LIMIT ${maxResults}`,
  )

  return {
    get(id) {
      const row = one.get(id)
      return row === undefined ? undefined : readJobRow(row)
    },
    list(filter) {
      const limit = Math.min(Math.max(1, filter.limit), maxPage)
      const { where, values } = conditions(filter, sequenceOf)
      const rows = db
        .prepare<unknown[], JobRow>(`SELECT * FROM job WHERE ${where} ORDER BY sequence DESC LIMIT ?`)
        .all(...values, limit + 1)
      const jobs = rows.slice(0, limit).map(readJobRow)
      return { jobs, next: rows.length > limit ? jobs.at(-1)?.id : undefined }
    },
    active: () => active.all().map(readJobRow),
    revision: () => counters.get()?.newest ?? 0,
    changesAfter: db.transaction((after: number) => {
      const { newest, forgotten } = counters.get() ?? { newest: 0, forgotten: 0 }
      const rows = changed.all(after, maxPage)
      const upTo = rows.length === maxPage ? (rows.at(-1)?.revision ?? newest) : newest
      return {
        revision: upTo,
        changed: rows.map(readJobRow),
        removed: removed.all(after, upTo).map((id) => jobId.parse(id)),
        isComplete: after >= forgotten && after <= newest,
      }
    }),
    lastGoodRuns: () => goodRuns.all().map(readResult),
    results(since, plan) {
      const rows = plan === undefined ? results.all(since) : planResults.all(since, plan)
      return rows.map((row) => ({ ...readResult(row), outcome: outcomeOf(row) }))
    },
  }
}

interface ResultRow {
  readonly plan_id: string
  readonly id: string
  readonly ended_at: number
  readonly warnings: number
  readonly state: string
  readonly error_code: string | null
}

function readResult(row: ResultRow): GoodRun {
  return {
    planId: planId.parse(row.plan_id),
    jobId: jobId.parse(row.id),
    endedAt: row.ended_at,
    warnings: row.warnings,
  }
}

function outcomeOf(row: ResultRow): PlanResult['outcome'] {
  if (row.state === 'success') return row.warnings > 0 ? 'warnings' : 'success'
  return row.error_code === 'job/cancelled' ? 'cancelled' : 'error'
}

function conditions(filter: JobFilter, sequenceOf: { get(id: string): number | undefined }) {
  const where: string[] = ['1']
  const values: unknown[] = []
  const add = (condition: string, ...parameters: unknown[]) => {
    where.push(condition)
    values.push(...parameters)
  }
  const addAnyOf = (column: string, options: readonly string[] | undefined) => {
    if (options !== undefined) add(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(options))
  }
  addAnyOf('state', filter.states)
  addAnyOf('kind', filter.kinds)
  if (filter.planId !== undefined) add('plan_id = ?', filter.planId)
  if (filter.repositoryId !== undefined) add('repository_id = ?', filter.repositoryId)
  if (filter.before !== undefined) add('sequence < ?', sequenceOf.get(filter.before) ?? 0)
  return { where: where.join(' AND '), values }
}
