import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { jobId, type PlanId, planId, timestamp } from '../../../src-shared/model/ids.ts'
import { skipReason } from '../../../src-shared/model/schedule.ts'

/** What became of one time a plan was due: a job, or the reason why there is none. */
export const scheduleRecord = z.object({
  planId,
  dueAt: timestamp,
  recordedAt: timestamp,
  outcome: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('ran'), jobId }),
    z.object({ kind: z.literal('skipped'), reason: skipReason }),
  ]),
})
export type ScheduleRecord = z.infer<typeof scheduleRecord>

export interface ScheduleRecordReader {
  /** Newest first, due before `before` when given. */
  list(
    planId: PlanId,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): readonly ScheduleRecord[]
  /** The latest time that is accounted for: the scheduler goes on from there after a restart. */
  lastDue(planId: PlanId): number | undefined
}

export interface ScheduleRecordWriter extends ScheduleRecordReader {
  /** True for the process that is first to account for this time: only that one queues the job. Throws `plan/unknown`. */
  record(record: ScheduleRecord): boolean
  pruneBefore(dueAt: number): number
}

interface Row {
  readonly plan_id: string
  readonly due_at: number
  readonly recorded_at: number
  readonly job_id: string | null
  readonly skip_reason: string | null
}

export function createScheduleRecordStore(db: Database): ScheduleRecordWriter {
  const list = db.prepare<[string, number, number], Row>(
    'SELECT * FROM schedule_record WHERE plan_id = ? AND due_at < ? ORDER BY due_at DESC LIMIT ?',
  )
  const last = db.prepare<[string], number | null>('SELECT max(due_at) FROM schedule_record WHERE plan_id = ?').pluck()
  const hasPlan = db.prepare('SELECT 1 FROM plan WHERE id = ?').pluck()
  const insert = db.prepare('INSERT OR IGNORE INTO schedule_record VALUES (?, ?, ?, ?, ?)')
  const prune = db.prepare('DELETE FROM schedule_record WHERE due_at < ?')
  return {
    list: (id, { before, limit }) => list.all(id, before ?? Number.MAX_SAFE_INTEGER, limit).map(readRow),
    lastDue: (id) => last.get(id) ?? undefined,
    record: db.transaction((record: ScheduleRecord) => {
      if (hasPlan.get(record.planId) === undefined) throw new HoldfastError('plan/unknown')
      const { outcome } = scheduleRecord.parse(record)
      const job = outcome.kind === 'ran' ? outcome.jobId : null
      const reason = outcome.kind === 'skipped' ? outcome.reason : null
      return insert.run(record.planId, record.dueAt, record.recordedAt, job, reason).changes === 1
    }).immediate,
    pruneBefore: (dueAt) => prune.run(dueAt).changes,
  }
}

function readRow(row: Row): ScheduleRecord {
  return scheduleRecord.parse({
    planId: row.plan_id,
    dueAt: row.due_at,
    recordedAt: row.recorded_at,
    outcome: row.job_id === null ? { kind: 'skipped', reason: row.skip_reason } : { kind: 'ran', jobId: row.job_id },
  })
}
