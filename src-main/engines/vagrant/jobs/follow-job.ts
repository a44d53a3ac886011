import { create, type MessageInitShape } from '@bufbuild/protobuf'
import {
  type GetJobStreamResponse,
  GetJobStreamResponseSchema,
  type Job,
  Job_State,
  type GetJobStreamResponse_Terminal_Event as TerminalEvent,
} from '../generated/server_pb.js'
import { failure } from '../wire/failure.ts'
import type { LiveJob } from './live-job.ts'
import { batchEvents } from './output-buffer.ts'

export interface FollowedJob {
  readonly live: LiveJob
  /** As it is stored now; `undefined` when it was deleted. */
  job(): Job | undefined
}

/**
 * The events of section 10.2: open, the state, what was printed before, then changes as they come, complete. Output that was
 * there before the end is sent before the end. Throws INTERNAL when the job vanishes; the signal's reason when that aborts.
 */
export async function* followJob(
  { live, job: load }: FollowedJob,
  signal: AbortSignal,
): AsyncGenerator<GetJobStreamResponse, void, undefined> {
  /** Events below were printed before this listener came. */
  const mark = live.output.next
  const reader = live.output.reader()
  let told: Job | undefined
  yield event({ case: 'open', value: {} })
  for (;;) {
    signal.throwIfAborted()
    const { version } = live.changes
    const outputVersion = live.output.version
    const job = load()
    if (job === undefined) throw failure('internal', 'job disappeared')
    // The first state comes at once; an end that comes later waits until the output is out.
    if (told === undefined || (!isFinished(job) && isNews(told, job))) {
      yield stateEvent(told, job)
      told = job
      continue
    }
    const batch = reader.readNow(batchEvents)
    if (batch.events.length > 0) {
      yield* terminalEvents(batch.events, Math.max(0, mark - batch.first))
      continue
    }
    if (isFinished(job)) {
      if (isNews(told, job)) yield stateEvent(told, job)
      yield event({
        case: 'complete',
        value: { ...(job.error && { error: job.error }), ...(job.result && { result: job.result }) },
      })
      return
    }
    await eitherChanged(live, version, outputVersion, signal)
  }
}

async function eitherChanged(
  live: LiveJob,
  version: number,
  outputVersion: number,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const waits = [live.changes.changed(version, either), live.output.changed(outputVersion, either)]
  try {
    await Promise.race(waits)
  } finally {
    done.abort()
    await Promise.allSettled(waits)
  }
}

/** Never mixes what was there before with what is new. */
function* terminalEvents(events: readonly TerminalEvent[], buffered: number): Generator<GetJobStreamResponse> {
  const before = events.slice(0, buffered)
  const live = events.slice(buffered)
  if (before.length > 0) yield event({ case: 'terminal', value: { events: before, buffered: true } })
  if (live.length > 0) yield event({ case: 'terminal', value: { events: live, buffered: false } })
}

function stateEvent(told: Job | undefined, job: Job): GetJobStreamResponse {
  return event({
    case: 'state',
    value: {
      previous: told?.state ?? Job_State.UNKNOWN,
      current: job.state,
      job,
      canceling: job.cancelTime !== undefined,
    },
  })
}

function isNews(told: Job, job: Job): boolean {
  return told.state !== job.state || (told.cancelTime !== undefined) !== (job.cancelTime !== undefined)
}

export function isFinished(job: Job): boolean {
  return job.state === Job_State.ERROR || job.state === Job_State.SUCCESS
}

function event(value: NonNullable<MessageInitShape<typeof GetJobStreamResponseSchema>['event']>): GetJobStreamResponse {
  return create(GetJobStreamResponseSchema, { event: value })
}
