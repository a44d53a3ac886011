import { create } from '@bufbuild/protobuf'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { HandlerContext } from '@connectrpc/connect'
import { type GetLogStreamRequest, type Job, type LogBatch, LogBatchSchema } from '../generated/server_pb.js'
import { isFinished } from '../jobs/follow-job.ts'
import type { JobQueue } from '../jobs/job-queue.ts'
import type { RecordStore } from '../records/record-store.ts'
import { notFound } from '../records/validation.ts'
import { failure } from '../wire/failure.ts'
import { Mailbox } from '../wire/mailbox.ts'
import { terminalLines } from '../wire/terminal-lines.ts'
import { endOfWaiting } from './call-context.ts'

const defaultBacklog = 50
const linesPerBatch = 64
/** Batches that wait for a slow listener, all jobs together. */
const waitingBatches = 64

export interface LogServiceOptions {
  readonly store: RecordStore
  readonly queue: JobQueue
  readonly stopping: AbortSignal
}

interface Line {
  readonly timestamp?: Timestamp | undefined
  readonly line: string
}

/** Method 20 (section 12): each job within the scope is a source of lines, its backlog first, then as they come. */
export function logMethods({ store, queue, stopping }: LogServiceOptions) {
  async function* getLogStream(request: GetLogStreamRequest, context: HandlerContext): AsyncGenerator<LogBatch> {
    const wanted = scopeOf(request, store)
    const backlog = request.limitBacklog === 0 ? defaultBacklog : request.limitBacklog
    const over = new AbortController()
    const signal = AbortSignal.any([endOfWaiting(context, stopping), over.signal])
    const mailbox = new Mailbox<LogBatch>(waitingBatches, signal)
    const sources = followSources(mailbox, { wanted, backlog, signal })
    sources.catch((error: unknown) => mailbox.fail(error))
    try {
      yield* mailbox.receive()
    } finally {
      over.abort()
    }
  }

  async function followSources(mailbox: Mailbox<LogBatch>, options: SourceOptions): Promise<void> {
    const seen = new Set<string>()
    for await (const change of queue.changes(options.signal)) {
      if (change.type === 'removed') {
        seen.delete(change.id)
        continue
      }
      const { job } = change
      if (seen.has(job.id) || !idsOf(job, store).includes(options.wanted)) continue
      seen.add(job.id)
      const source = sendLines(job, mailbox, options)
      // What is over is sent before the next is looked at; what runs goes on beside.
      if (isFinished(job)) await source
      else source.catch((error: unknown) => mailbox.fail(error))
    }
  }

  async function sendLines(job: Job, mailbox: Mailbox<LogBatch>, { backlog, signal }: SourceOptions): Promise<void> {
    let history: Line[] = []
    const send = async (lines: readonly Line[]): Promise<void> => {
      for (let at = 0; at < lines.length; at += linesPerBatch) {
        await mailbox.send(batchOf(job, idsOf(job, store)[0] ?? '', lines.slice(at, at + linesPerBatch)))
      }
    }
    const flush = async (): Promise<void> => {
      const kept = backlog < 0 ? history : history.slice(-backlog)
      history = []
      await send(kept)
    }
    for await (const { event } of queue.follow(job.id, signal)) {
      if (event.case === 'complete') await flush()
      if (event.case !== 'terminal') continue
      const lines = event.value.events.flatMap((each) =>
        terminalLines(each).map((line) => ({ timestamp: each.timestamp, line })),
      )
      if (event.value.buffered && backlog >= 0) history = [...history, ...lines].slice(-backlog)
      else {
        await flush()
        await send(lines)
      }
    }
  }

  return { getLogStream }
}

interface SourceOptions {
  readonly wanted: string
  readonly backlog: number
  readonly signal: AbortSignal
}

function scopeOf({ scope }: GetLogStreamRequest, store: RecordStore): string {
  if (scope.case === undefined) throw failure('failed-precondition', 'invalid scope supplied')
  const { resourceId } = scope.value
  const tables = { basis: store.basis, project: store.projects, target: store.targets }
  if (tables[scope.case].get(resourceId) === undefined) throw notFound(scope.case)
  return resourceId
}

/** The record a job acts on, then those around it. */
function idsOf({ scope }: Job, store: RecordStore): string[] {
  if (scope.case === undefined) return []
  const { resourceId } = scope.value
  if (scope.case === 'basis') return [resourceId]
  if (scope.case === 'project') return [resourceId, store.projects.get(resourceId)?.basis?.resourceId ?? '']
  const projectId = store.targets.get(resourceId)?.project?.resourceId ?? scope.value.project?.resourceId ?? ''
  return [resourceId, projectId, store.projects.get(projectId)?.basis?.resourceId ?? '']
}

function batchOf(job: Job, deploymentId: string, lines: readonly Line[]): LogBatch {
  return create(LogBatchSchema, {
    deploymentId,
    instanceId: job.id,
    lines: lines.map(({ timestamp, line }) => ({ line, ...(timestamp && { timestamp }) })),
  })
}
