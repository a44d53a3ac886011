import type { MessageInitShape } from '@bufbuild/protobuf'
import type { EmptySchema } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import type { Job, Vagrant } from '../generated/server_pb.js'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { RecordStore } from '../records/record-store.ts'
import { notFound } from '../records/validation.ts'
import { parseDuration } from '../wire/duration.ts'
import { failure, failureStatus, statusOf } from '../wire/failure.ts'
import { endOfWaiting } from './call-context.ts'
import type { RunnerRegistry } from './runner-registry.ts'

type JobMethods = Pick<
  ServiceImpl<typeof Vagrant>,
  'queueJob' | 'cancelJob' | 'getJob' | '_ListJobs' | 'validateJob' | 'getJobStream' | 'pruneOldJobs' | 'getRunner'
>

export interface JobServiceOptions {
  readonly store: RecordStore
  readonly queue: JobQueue
  readonly runners: RunnerRegistry
  readonly stopping: AbortSignal
  /** What PruneOldJobs leaves. */
  readonly keptJobs: number
}

const empty: MessageInitShape<typeof EmptySchema> = {}

/** Methods 21 to 28 of section 7. */
export function jobMethods({ store, queue, runners, stopping, keptJobs }: JobServiceOptions): JobMethods {
  return {
    queueJob: ({ job, expiresIn }) => {
      if (job === undefined) throw failure('failed-precondition', 'job must be set')
      if (job.id !== '') throw failure('invalid-argument', 'job ID must not be set')
      const expiresInMs = expiresIn === '' ? undefined : expiryOf(expiresIn)
      checkJob(job)
      fillDataSource(job, store)
      return { jobId: queue.queue(job, expiresInMs).id }
    },
    cancelJob: ({ jobId }) => {
      if (!queue.cancel(jobId)) throw unknownJob()
      return empty
    },
    getJob: ({ jobId }) => {
      const job = queue.get(jobId)
      if (job === undefined) throw unknownJob()
      return job
    },
    _ListJobs: () => ({ jobs: queue.list() }),
    validateJob: ({ job, disableAssign }) => {
      if (job === undefined) throw failure('failed-precondition', 'job must be set')
      try {
        if (job.id !== '') throw failure('failed-precondition', 'id: must be empty')
        checkJob(job)
      } catch (error) {
        const { message } = statusOf(error)
        return { valid: false, validationError: failureStatus('failed-precondition', message), assignable: false }
      }
      return { valid: true, assignable: !disableAssign && runners.isAssignable(job) }
    },
    getJobStream: ({ jobId }, context) => queue.follow(jobId, endOfWaiting(context, stopping)),
    pruneOldJobs: () => {
      queue.prune(keptJobs)
      return empty
    },
    getRunner: ({ runnerId }) => {
      const runner = runners.get(runnerId)
      if (runner === undefined) throw failure('not-found', 'runner not found')
      return runner
    },
  }
}

function expiryOf(text: string): number {
  const ns = parseDuration(text)
  if (ns === undefined) throw failure('failed-precondition', `Invalid expiry duration: ${text}`)
  return Number(ns / 1_000_000n)
}

/** Steps 4 and 5 of section 9.3. */
function checkJob(job: Job): void {
  if (job.targetRunner?.target.case === undefined) throw failure('failed-precondition', 'target_runner: must be set')
  // Operations of 2.4 and later (numbers 56 to 79) are unknown here and kept as they came.
  const isNewer = job.$unknown?.some(({ no }) => no >= 56 && no <= 79) ?? false
  if (job.operation.case === undefined && !isNewer) throw failure('failed-precondition', 'operation: must be set')
}

/** Steps 6 and 7: the scope must be there, and lends its data source. */
function fillDataSource(job: Job, store: RecordStore): void {
  const target =
    job.scope.case === 'target' ? known('target', store.targets.get(job.scope.value.resourceId)) : undefined
  const projectId = job.scope.case === 'project' ? job.scope.value.resourceId : target?.project?.resourceId
  const project = projectId === undefined ? undefined : known('project', store.projects.get(projectId))
  const basisId = job.scope.case === 'basis' ? job.scope.value.resourceId : project?.basis?.resourceId
  const basis = basisId === undefined ? undefined : known('basis', store.basis.get(basisId))
  const source = job.dataSource ?? project?.dataSource ?? basis?.dataSource
  if (source !== undefined) job.dataSource = source
}

function known<Record>(kind: string, record: Record | undefined): Record {
  if (record === undefined) throw notFound(kind)
  return record
}

function unknownJob() {
  return failure('not-found', 'job not found')
}
