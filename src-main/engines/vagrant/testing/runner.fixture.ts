import type { MessageInitShape } from '@bufbuild/protobuf'
import { type GetJobStreamResponse, Job_State, type JobSchema } from '../generated/server_pb.js'
import type { GrpcJsPeer } from './grpc-js-peer.fixture.ts'
import { eventually, methods, type TestServer } from './server.fixture.ts'

type JobInit = Exclude<MessageInitShape<typeof JobSchema>, { $typeName: string }>

/** Operation noop, for any runner, with local data: what upstream's tests queue. */
export const noopJob: JobInit = {
  targetRunner: { target: { case: 'any', value: {} } },
  dataSource: { source: { case: 'local', value: {} } },
  operation: { case: 'noop', value: {} },
}

export function jobFor(runnerId: string): JobInit {
  return { ...noopJob, targetRunner: { target: { case: 'id', value: { id: runnerId } } } }
}

export async function queueJob(
  peer: GrpcJsPeer,
  job: MessageInitShape<typeof JobSchema> = noopJob,
  expiresIn = '',
): Promise<string> {
  return (await peer.call(methods.queueJob, { job, expiresIn })).jobId
}

export async function stateOf(peer: GrpcJsPeer, jobId: string): Promise<Job_State> {
  return (await peer.call(methods.getJob, { jobId })).state
}

/** Registers a runner; it is there when this resolves. */
export async function registerRunner(peer: GrpcJsPeer, id: string, byIdOnly = false) {
  const stream = peer.open(methods.runnerConfig)
  stream.send({ event: { case: 'open', value: { runner: { id, byIdOnly } } } })
  await stream.next()
  return stream
}

/** A job stream that has asked; `next` gives the assignment. */
export function requestJob(peer: GrpcJsPeer, runnerId: string) {
  const stream = peer.open(methods.runnerJobStream)
  stream.send({ event: { case: 'request', value: { runnerId } } })
  return stream
}

export type RunnerStream = ReturnType<typeof requestJob>

export async function assignedJob(stream: RunnerStream) {
  const { event } = await stream.next()
  if (event.case !== 'assignment' || event.value.job === undefined) throw new Error(`${event.case} instead of a job`)
  return event.value.job
}

/** Takes the next job and acknowledges it; it is RUNNING when this resolves. */
export async function takeJob(server: TestServer, peer: GrpcJsPeer, runnerId: string) {
  const stream = requestJob(peer, runnerId)
  const job = await assignedJob(stream)
  stream.send({ event: { case: 'ack', value: {} } })
  await eventually(() => server.state.queue.get(job.id)?.state === Job_State.RUNNING)
  return { stream, id: job.id, job }
}

export function sendLines(stream: RunnerStream, ...lines: string[]): void {
  stream.send({
    event: { case: 'terminal', value: { events: lines.map((msg) => ({ event: { case: 'line', value: { msg } } })) } },
  })
}

export function complete(stream: RunnerStream): void {
  stream.send({ event: { case: 'complete', value: {} } })
}

/** The text of all lines of a terminal event. */
export function linesOf({ event }: GetJobStreamResponse): string[] {
  if (event.case !== 'terminal') return []
  return event.value.events.flatMap(({ event: kind }) => (kind.case === 'line' ? [kind.value.msg] : []))
}

export async function collect<Message>(messages: AsyncIterator<Message>): Promise<Message[]> {
  const all: Message[] = []
  for (;;) {
    const { done, value } = await messages.next()
    if (done) return all
    all.push(value)
  }
}
