import { type Job, Job_State } from '../generated/server_pb.js'
import { failure, failureStatus } from '../wire/failure.ts'
import { timestamp } from '../wire/times.ts'

/** What only the server sets (section 9.1). */
export function discardServerFields(job: Job): void {
  job.id = ''
  job.state = Job_State.UNKNOWN
  for (const field of serverFields) delete job[field]
}

const serverFields = [
  'assignedRunner',
  'queueTime',
  'assignTime',
  'ackTime',
  'completeTime',
  'error',
  'result',
  'cancelTime',
  'expireTime',
] as const satisfies readonly (keyof Job)[]

export function markQueuedAgain(job: Job): void {
  job.state = Job_State.QUEUED
  delete job.assignTime
  delete job.assignedRunner
}

/** The end of a job that was cancelled, has expired, or whose runner fell silent. */
export function markCanceled(job: Job, nowMs: number): void {
  job.state = Job_State.ERROR
  job.error = failureStatus('cancelled', 'canceled')
  job.cancelTime ??= timestamp(nowMs)
  job.completeTime = timestamp(nowMs)
}

/** An illegal transition: `can't be acked from state: QUEUED`. */
export function illegalTransition(verb: 'acked' | 'completed', state: Job_State) {
  return failure('failed-precondition', `job can't be ${verb} from state: ${Job_State[state]}`)
}
