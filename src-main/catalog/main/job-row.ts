import { z } from 'zod'
import { assertNever } from '../../../src-shared/assert-never.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { type Job, type JobProgress, type JobSpec, job as jobModel } from '../../../src-shared/model/job.ts'

/** A job as its table has it. `sequence` orders the queue. */
export interface JobRow {
  readonly sequence: number
  readonly id: string
  readonly revision: number
  readonly kind: string
  readonly title: string
  readonly spec: string
  readonly trigger: string
  readonly plan_id: string | null
  readonly repository_id: string | null
  readonly is_writer: number
  readonly queued_at: number
  readonly not_before: number
  readonly reason: string
  readonly retry_of: string | null
  readonly warnings: number
  readonly state: string
  readonly status: string
  readonly ended_at: number | null
  readonly error_code: string | null
  readonly cancel_requested: number
  readonly owner: string | null
}

/** Throws `catalog/corrupt` when the row is not a job. */
export function readJobRow(row: JobRow): Job {
  const parsed = z.safeParse(jobModel, {
    id: row.id,
    title: row.title,
    spec: parseJson(row.spec),
    trigger: row.trigger,
    planId: row.plan_id ?? undefined,
    repositoryId: row.repository_id ?? undefined,
    queuedAt: row.queued_at,
    reason: row.reason,
    warnings: row.warnings,
    status: parseJson(row.status),
    retryOf: row.retry_of ?? undefined,
  })
  if (!parsed.success) {
    throw new HoldfastError('catalog/corrupt', { detail: `Job ${row.id} does not read as one.`, cause: parsed.error })
  }
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the schema refuses it, with the job's name
  }
}

/** Jobs that change what a repository holds: one at a time each. Dry runs only read. */
export function writesRepository(spec: JobSpec): boolean {
  switch (spec.kind) {
    case 'backup':
    case 'prune':
    case 'remove-from-history':
      return !spec.dryRun
    case 'forget':
    case 'copy':
    case 'collect-garbage':
      return true
    case 'restore':
    case 'restore-database':
    case 'restore-job-server':
    case 'return-bucket':
    case 'undo-restore':
    case 'verify':
    case 'test-restore':
    case 'index':
    case 'remote':
      return false
    default:
      return assertNever(spec)
  }
}

/** The repository a job works on, where its specification names one. */
export function repositoryOf(spec: JobSpec): RepositoryId | undefined {
  return 'repositoryId' in spec ? spec.repositoryId : undefined
}

/** What a job shows from being claimed until it reports for the first time. */
export const initialProgress: JobProgress = {
  phase: 'preparing',
  counts: { seen: 0, stored: 0, unchanged: 0, skipped: 0, failed: 0 },
  doneBytes: 0,
  storedBytes: 0,
  newChunks: 0,
  reusedChunks: 0,
  bytesPerSecond: 0,
  current: [],
  stages: [],
}
