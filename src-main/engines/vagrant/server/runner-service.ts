import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ConfigVar,
  type RunnerConfigRequest,
  type RunnerConfigResponse,
  RunnerConfigResponseSchema,
  type RunnerJobStreamRequest,
  type RunnerJobStreamResponse,
  RunnerJobStreamResponseSchema,
} from '../generated/server_pb.js'
import type { Assignment, JobQueue } from '../jobs/job-queue.ts'
import type { VariableTable } from '../records/record-store.ts'
import { failure } from '../wire/failure.ts'
import { endOfWaiting } from './call-context.ts'
import type { RunnerRegistry } from './runner-registry.ts'

export interface RunnerServiceOptions {
  readonly queue: JobQueue
  readonly variables: VariableTable
  readonly runners: RunnerRegistry
  /** Ends what only waits. */
  readonly stopping: AbortSignal
}

/** Methods 33 and 34 of section 7: the streams of section 11. */
export function runnerMethods({ queue, variables, runners, stopping }: RunnerServiceOptions) {
  async function* runnerConfig(
    requests: AsyncIterable<RunnerConfigRequest>,
    context: HandlerContext,
  ): AsyncGenerator<RunnerConfigResponse> {
    const end = endOfWaiting(context, stopping)
    const messages = requests[Symbol.asyncIterator]()
    const first = await messages.next()
    const runner = first.done || first.value.event.case !== 'open' ? undefined : first.value.event.value.runner
    if (runner === undefined || runner.id === '') throw failure('failed-precondition', 'open with a runner expected')
    const closed = new AbortController()
    void drain(messages).finally(() => closed.abort())
    const remove = runners.add(runner)
    try {
      let told: string | undefined
      for (;;) {
        const version = variables.version()
        const configVars = variables.get({ kind: 'runner', runnerId: runner.id })
        const state = stateOf(configVars)
        if (state !== told) yield create(RunnerConfigResponseSchema, { config: { configVars } })
        told = state
        await variables.changed(version, AbortSignal.any([end, closed.signal]))
      }
    } catch (error) {
      // A half-close is the regular end.
      if (!closed.signal.aborted) throw error
    } finally {
      remove()
    }
  }

  async function* runnerJobStream(
    requests: AsyncIterable<RunnerJobStreamRequest>,
    context: HandlerContext,
  ): AsyncGenerator<RunnerJobStreamResponse> {
    const { signal } = context
    const messages = requests[Symbol.asyncIterator]()
    const first = await messages.next()
    if (first.done || first.value.event.case !== 'request') throw failure('failed-precondition', 'request expected')
    const { runnerId } = first.value.event.value
    if (runners.get(runnerId) === undefined) throw failure('not-found', 'runner not found')
    // Read ahead, so that a runner that leaves while it waits is noticed before a job is given to it.
    const reply = quiet(messages.next())
    const left = new AbortController()
    void reply.then((result) => result.done && left.abort())
    let assignment: Assignment
    try {
      // From the ack on a revoked token no longer matters: the job in hand is brought to its end.
      const waiting = AbortSignal.any([endOfWaiting(context, stopping), left.signal])
      assignment = await queue.assign({ id: runnerId, registration: () => runners.get(runnerId) }, waiting)
    } catch (error) {
      if (left.signal.aborted) return
      throw error
    }
    try {
      signal.throwIfAborted()
      yield create(RunnerJobStreamResponseSchema, { event: { case: 'assignment', value: { job: assignment.job } } })
      const { done, value } = await reply
      if (done || value.event.case === 'error') return
      if (value.event.case !== 'ack') throw failure('failed-precondition', 'ack expected')
      assignment.ack()
      yield* conduct(assignment, messages, signal)
    } finally {
      assignment.nack()
    }
  }

  return { runnerConfig, runnerJobStream }
}

/** Between the ack and the end: what the runner sends is taken, what it must hear is sent. */
async function* conduct(
  assignment: Assignment,
  messages: AsyncIterator<RunnerJobStreamRequest>,
  signal: AbortSignal,
): AsyncGenerator<RunnerJobStreamResponse> {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const reading = takeAll(assignment, messages).then(() => 'end' as const)
  try {
    for (;;) {
      const cancel = assignment.nextCancel(either)
      // It rejects when the job ends first; then nobody waits for it.
      cancel.catch(() => undefined)
      const next = await Promise.race([cancel, reading])
      if (next === 'end') return
      yield create(RunnerJobStreamResponseSchema, { event: { case: 'cancel', value: { force: next.force } } })
      if (next.force) return
    }
  } finally {
    over.abort()
    reading.catch(() => undefined)
  }
}

/** Until the runner says how it ended, or leaves without a word: then the heartbeat timer decides. */
async function takeAll(assignment: Assignment, messages: AsyncIterator<RunnerJobStreamRequest>): Promise<void> {
  for (;;) {
    const { done, value } = await quiet(messages.next())
    if (done) return
    switch (value.event.case) {
      case 'heartbeat':
        assignment.heartbeat()
        break
      case 'terminal':
        assignment.write(value.event.value.events)
        break
      case 'complete':
        assignment.complete(value.event.value.result)
        return
      case 'error':
        assignment.fail(value.event.value.error)
        return
      default:
        break // a second request or ack is ignored
    }
  }
}

/** A connection that breaks is the end of what the runner says. */
async function quiet<Message>(
  next: Promise<IteratorResult<Message, unknown>>,
): Promise<IteratorResult<Message, undefined>> {
  try {
    const result = await next
    return result.done ? { done: true, value: undefined } : result
  } catch {
    return { done: true, value: undefined }
  }
}

async function drain(messages: AsyncIterator<unknown>): Promise<void> {
  while (!(await quiet(messages.next())).done);
}

function stateOf(variables: readonly ConfigVar[]): string {
  return JSON.stringify(variables.map(({ name, value }) => [name, value]))
}
