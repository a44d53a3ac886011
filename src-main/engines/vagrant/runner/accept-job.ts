import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import {
  type Job,
  type RunnerJobStreamRequest,
  RunnerJobStreamRequestSchema,
  type RunnerJobStreamResponse,
  type Vagrant,
} from '../generated/server_pb.js'
import { failure, failureStatus, statusOf } from '../wire/failure.ts'
import { Mailbox } from '../wire/mailbox.ts'
import { fetchData } from './data-source.ts'
import { type RunnerOperations, runOperation } from './operations.ts'
import { BufferedTerminal } from './terminal.ts'

/** Messages to the server that wait for the network. */
const waitingMessages = 32

export interface AcceptOptions {
  readonly client: Client<typeof Vagrant>
  readonly runnerId: string
  readonly operations: RunnerOperations
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly localFolder: string
  readonly heartbeatMs: number
  /** Only this job; any other is declined. */
  readonly jobId?: string | undefined
  /** Cancels the job; what came of it is still told. */
  readonly signal: AbortSignal
  /** Ends the waiting for a job, but not a job. */
  readonly closing: AbortSignal
  /** A job was assigned. */
  assigned?(job: Job): void
}

/** The job that was run, or `undefined` when the waiting was ended. Throws ABORTED when the server breaks the order. */
export async function acceptJob(options: AcceptOptions): Promise<Job | undefined> {
  const { client, runnerId, jobId, signal, closing } = options
  // Independent of the caller's signal: one who is cancelled must still be able to tell.
  const stream = new AbortController()
  const outbox = new Mailbox<RunnerJobStreamRequest>(waitingMessages, stream.signal)
  const send = (event: NonNullable<MessageInitShape<typeof RunnerJobStreamRequestSchema>['event']>): Promise<void> =>
    outbox.send(create(RunnerJobStreamRequestSchema, { event }))
  const stopWaiting = (): void => outbox.close()
  const waiting = AbortSignal.any([signal, closing])
  waiting.addEventListener('abort', stopWaiting, { once: true })
  try {
    await send({ case: 'request', value: { runnerId } })
    if (waiting.aborted) return undefined
    const responses = client.runnerJobStream(outbox.receive(), { signal: stream.signal })[Symbol.asyncIterator]()
    const first = await responses.next()
    if (first.done || waiting.aborted) return undefined
    const job = first.value.event.case === 'assignment' ? first.value.event.value.job : undefined
    if (job === undefined) throw failure('aborted', 'assignment expected')
    options.assigned?.(job)
    if (waiting.aborted) return undefined
    if (jobId !== undefined && job.id !== jobId) {
      await send({ case: 'error', value: { error: failureStatus('aborted', 'another job was expected') } })
      outbox.close()
      throw failure('aborted', `job ${job.id} was assigned instead of ${jobId}`)
    }
    waiting.removeEventListener('abort', stopWaiting)
    await send({ case: 'ack', value: {} })
    await perform(job, { options, send, responses })
    outbox.close()
    return job
  } finally {
    waiting.removeEventListener('abort', stopWaiting)
    stream.abort()
  }
}

interface OpenStream {
  readonly options: AcceptOptions
  readonly send: (event: NonNullable<MessageInitShape<typeof RunnerJobStreamRequestSchema>['event']>) => Promise<void>
  readonly responses: AsyncIterator<RunnerJobStreamResponse>
}

async function perform(job: Job, { options, send, responses }: OpenStream): Promise<void> {
  const cancel = new AbortController()
  const signal = AbortSignal.any([cancel.signal, options.signal])
  const heard = listenForCancel(responses, cancel)
  const heartbeat = setInterval(() => {
    // A stream that broke is noticed by `heard`.
    send({ case: 'heartbeat', value: {} }).catch(() => undefined)
  }, options.heartbeatMs)
  const terminal = new BufferedTerminal(
    (events) => send({ case: 'terminal', value: { events: [...events] } }),
    AbortSignal.any([options.signal, heard.lost]),
  )
  try {
    const outcome = await execute(job, options, { terminal, signal })
    clearInterval(heartbeat)
    // All output goes before the end.
    await terminal.close().catch(() => undefined)
    if (!heard.lost.aborted) await send(outcome)
    // The server's end of the stream is the proof that it is stored.
    await heard.ended
  } finally {
    clearInterval(heartbeat)
  }
}

type Outcome = NonNullable<MessageInitShape<typeof RunnerJobStreamRequestSchema>['event']>

async function execute(
  job: Job,
  { operations, environment, localFolder }: AcceptOptions,
  { terminal, signal }: { readonly terminal: BufferedTerminal; readonly signal: AbortSignal },
): Promise<Outcome> {
  try {
    const data = await fetchData(job, { localFolder, signal })
    try {
      const result = await runOperation(operations, { job, folder: data.folder, terminal, environment, signal })
      return { case: 'complete', value: result === undefined ? {} : { result } }
    } finally {
      await data.dispose()
    }
  } catch (error) {
    return {
      case: 'error',
      value: { error: signal.aborted ? failureStatus('cancelled', 'canceled') : statusOf(error) },
    }
  }
}

/** `lost` aborts when the server ends the stream before the runner did: the job is over, or cannot be told of any more. */
function listenForCancel(responses: AsyncIterator<RunnerJobStreamResponse>, cancel: AbortController) {
  const lost = new AbortController()
  const listen = async (): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await responses.next()
        if (done) return
        if (value.event.case !== 'cancel') continue
        cancel.abort()
        if (value.event.value.force) return
      }
    } catch {
      // A connection that breaks is an end without a word.
    } finally {
      lost.abort()
      cancel.abort()
    }
  }
  return { ended: listen(), lost: lost.signal }
}
