import { create } from '@bufbuild/protobuf'
import {
  GetJobStreamResponse_Terminal_EventSchema,
  type Job,
  type Job_Result,
  Job_State,
  JobSchema,
} from '../generated/server_pb.js'
import { failure } from '../wire/failure.ts'
import { timestamp } from '../wire/times.ts'
import { isFinished } from './follow-job.ts'
import type { ExternalJob, ExternalJobDescription } from './job-queue.ts'
import { illegalTransition } from './job-states.ts'
import type { SqliteJobQueue } from './sqlite-job-queue.ts'

/** A job that the app runs by itself, as others see it through the server. */
export function announceJob(queue: SqliteJobQueue, description: ExternalJobDescription): ExternalJob {
  const { id } = description
  const known = queue.get(id)
  if (known !== undefined && !queue.table.isExternal(id)) throw failure('failed-precondition', `${id} is another job`)
  const job = jobOf(description)
  if (known === undefined) queue.table.insert(job, { isExternal: true })
  else queue.table.update(job)
  queue.tell(job)
  const live = queue.live(id)
  live.isHeld = true

  const change = (apply: (current: Job) => void): void => {
    const current = queue.get(id)
    if (current === undefined) throw failure('internal', 'job disappeared')
    if (isFinished(current)) throw illegalTransition('completed', current.state)
    apply(current)
    if (isFinished(current)) {
      current.completeTime = timestamp(queue.now)
      live.isHeld = false
    }
    queue.store(current)
  }

  return {
    cancelled: live.external.signal,
    start: () =>
      change((current) => {
        current.state = Job_State.RUNNING
        current.assignTime = timestamp(queue.now)
        current.ackTime = timestamp(queue.now)
      }),
    write: (events) =>
      live.output.write(events.map((event) => create(GetJobStreamResponse_Terminal_EventSchema, event))),
    succeed: (result?: Job_Result) =>
      change((current) => {
        current.state = Job_State.SUCCESS
        if (result !== undefined) current.result = result
      }),
    fail: (error) =>
      change((current) => {
        current.state = Job_State.ERROR
        current.error = error
      }),
  }
}

function jobOf({ id, command, labels, runnerId, queuedMs }: ExternalJobDescription): Job {
  return create(JobSchema, {
    id,
    state: Job_State.QUEUED,
    labels: { ...labels },
    targetRunner: { target: { case: 'id', value: { id: runnerId } } },
    assignedRunner: { id: runnerId },
    dataSource: { source: { case: 'local', value: {} } },
    operation: { case: 'command', value: { command, jobId: id } },
    queueTime: timestamp(queuedMs),
  })
}
