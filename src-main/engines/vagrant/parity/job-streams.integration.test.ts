import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { Job_State } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import {
  assignedJob,
  collect,
  complete,
  linesOf,
  noopJob,
  queueJob,
  registerRunner,
  requestJob,
  sendLines,
  stateOf,
  takeJob,
} from '../testing/runner.fixture.ts'
import { eventually, methods, startTestServer } from '../testing/server.fixture.ts'

test('STR-01 a listener gets open, the state with the job, live output, complete', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const { messages } = peer.listen(methods.getJobStream, { jobId })
  expect((await messages.next()).value?.event.case).toBe('open')
  const first = (await messages.next()).value?.event
  expect(first).toMatchObject({ case: 'state', value: { previous: Job_State.UNKNOWN, job: { id: jobId } } })
  const { stream } = await takeJob(server, peer, 'r')
  sendLines(stream, 'one', 'two')
  complete(stream)
  expect(await stream.ended()).toEqual([])
  const rest = await collect(messages)
  const output = rest.filter(({ event }) => event.case === 'terminal')
  expect(output.flatMap(linesOf)).toEqual(['one', 'two'])
  expect(output.every(({ event }) => event.case === 'terminal' && !event.value.buffered)).toBe(true)
  expect(rest.at(-2)?.event).toMatchObject({ case: 'state', value: { current: Job_State.SUCCESS } })
  expect(rest.at(-1)?.event.case).toBe('complete')
  expect(rest.at(-1)?.event).not.toHaveProperty('value.error')
})

test('STR-02 STR-08 a listener that comes after the end gets open, state, the buffered output, complete', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const { stream } = await takeJob(server, peer, 'r')
  sendLines(stream, 'one', 'two')
  complete(stream)
  await stream.ended()
  const events = await collect(peer.listen(methods.getJobStream, { jobId }).messages)
  expect(events.map(({ event }) => event.case)).toEqual(['open', 'state', 'terminal', 'complete'])
  expect(events[2]?.event).toMatchObject({ value: { buffered: true } })
  expect(events.flatMap(linesOf)).toEqual(['one', 'two'])
})

test('STR-03 a job that expires completes with CANCELLED', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  const jobId = await queueJob(peer, noopJob, '10ms')
  const { messages } = peer.listen(methods.getJobStream, { jobId })
  await messages.next()
  await messages.next()
  server.clock.advance(10)
  const rest = await collect(messages)
  expect(rest.at(-1)?.event).toMatchObject({ case: 'complete', value: { error: { code: status.CANCELLED } } })
})

test('STR-04 request, assignment, ack, complete, end of stream: SUCCESS', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const stream = requestJob(peer, 'r')
  expect((await assignedJob(stream)).id).toBe(jobId)
  stream.send({ event: { case: 'ack', value: {} } })
  complete(stream)
  await stream.ended()
  expect(await stateOf(peer, jobId)).toBe(Job_State.SUCCESS)
})

test('STR-05 a stream that begins with an ack is FAILED_PRECONDITION', async () => {
  const server = await startTestServer()
  const stream = server.peer().open(methods.runnerJobStream)
  stream.send({ event: { case: 'ack', value: {} } })
  expect((await failureOf(stream.ended())).code).toBe(status.FAILED_PRECONDITION)
})

test('STR-06 an error instead of an ack ends the stream with OK, and the job is QUEUED', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const stream = requestJob(peer, 'r')
  await assignedJob(stream)
  stream.send({ event: { case: 'error', value: { error: { code: status.UNKNOWN, message: 'not now' } } } })
  await stream.ended()
  expect(await stateOf(peer, jobId)).toBe(Job_State.QUEUED)
})

test('STR-07 a running job hears of the cancel; its runner may still succeed', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  await queueJob(peer)
  const { stream, id } = await takeJob(server, peer, 'r')
  await peer.call(methods.cancelJob, { jobId: id })
  expect((await stream.next()).event).toMatchObject({ case: 'cancel', value: { force: false } })
  complete(stream)
  await stream.ended()
  expect(await peer.call(methods.getJob, { jobId: id })).toMatchObject({
    state: Job_State.SUCCESS,
    cancelTime: { seconds: BigInt(Math.floor(server.clock.now() / 1000)) },
  })
})

test('NEW-04 an error without a status is ERROR UNKNOWN', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  await queueJob(peer)
  const { stream, id } = await takeJob(server, peer, 'r')
  stream.send({ event: { case: 'error', value: {} } })
  await stream.ended()
  expect(await peer.call(methods.getJob, { jobId: id })).toMatchObject({
    state: Job_State.ERROR,
    error: { code: status.UNKNOWN },
  })
})

test('NEW-07 a cancel before the ack arrives right after the ack', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const stream = requestJob(peer, 'r')
  await assignedJob(stream)
  await peer.call(methods.cancelJob, { jobId })
  await peer.call(methods.cancelJob, { jobId })
  expect(await stateOf(peer, jobId)).toBe(Job_State.WAITING)
  stream.send({ event: { case: 'ack', value: {} } })
  expect((await stream.next()).event).toMatchObject({ case: 'cancel', value: { force: false } })
  complete(stream)
  expect(await stream.ended()).toEqual([])
})

test('NEW-08 two cancels of a running job are two cancel events', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  await queueJob(peer)
  const { stream, id: jobId } = await takeJob(server, peer, 'r')
  await peer.call(methods.cancelJob, { jobId })
  await peer.call(methods.cancelJob, { jobId })
  expect((await stream.next()).event.case).toBe('cancel')
  expect((await stream.next()).event.case).toBe('cancel')
  complete(stream)
  expect(await stream.ended()).toEqual([])
})

test('NEW-09 a runner whose heartbeat stops hears force=true, then the end with OK', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  await queueJob(peer)
  const { stream, id } = await takeJob(server, peer, 'r')
  server.clock.advance(119_999)
  expect(await stateOf(peer, id)).toBe(Job_State.RUNNING)
  server.clock.advance(1)
  const rest = await stream.ended()
  expect(rest.map(({ event }) => event)).toMatchObject([{ case: 'cancel', value: { force: true } }])
  expect(await peer.call(methods.getJob, { jobId: id })).toMatchObject({
    state: Job_State.ERROR,
    error: { code: status.CANCELLED, message: 'canceled' },
  })
})

test('NEW-05 10,000 lines reach a slow listener whole, before complete', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const { messages } = peer.listen(methods.getJobStream, { jobId })
  await messages.next()
  await messages.next()
  const { stream } = await takeJob(server, peer, 'r')
  const lines = Array.from({ length: 10_000 }, (_, i) => `line ${i} ${'.'.repeat(100)}`)
  for (let at = 0; at < lines.length; at += 100) sendLines(stream, ...lines.slice(at, at + 100))
  complete(stream)
  await stream.ended()
  // Only now does the listener read on.
  const rest = await collect(messages)
  expect(rest.flatMap(linesOf)).toEqual(lines)
  expect(rest.at(-1)?.event.case).toBe('complete')
})

test('a runner that leaves between assignment and ack gives its job back', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  for (const leave of ['halfClose', 'cancel'] as const) {
    const stream = requestJob(peer, 'r')
    await assignedJob(stream)
    stream[leave]()
    await eventually(() => server.state.queue.get(jobId)?.state === Job_State.QUEUED)
  }
})

test('a runner that half-closes while it waits gets OK and no job', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const stream = requestJob(peer, 'r')
  stream.halfClose()
  expect(await stream.ended()).toEqual([])
  const jobId = await queueJob(peer)
  expect(await stateOf(peer, jobId)).toBe(Job_State.QUEUED)
})

test('a runner that vanishes after the ack leaves the job RUNNING until the heartbeat timer', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  await queueJob(peer)
  const { stream, id } = await takeJob(server, peer, 'r')
  stream.cancel()
  expect(await stateOf(peer, id)).toBe(Job_State.RUNNING)
  server.clock.advance(120_000)
  expect(await stateOf(peer, id)).toBe(Job_State.ERROR)
})

test('ROW-27 anything but an ack or an error is FAILED_PRECONDITION, and the job is QUEUED', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  await registerRunner(peer, 'r')
  const jobId = await queueJob(peer)
  const stream = requestJob(peer, 'r')
  await assignedJob(stream)
  stream.send({ event: { case: 'heartbeat', value: {} } })
  const error = await failureOf(stream.ended())
  expect([error.code, error.details]).toEqual([status.FAILED_PRECONDITION, 'ack expected'])
  expect(await stateOf(peer, jobId)).toBe(Job_State.QUEUED)
})

test('a job that is deleted while somebody listens is INTERNAL; an unknown one is NOT_FOUND', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  const { basis } = await peer.call(methods.upsertBasis, { basis: { name: 'b', path: '/b' } })
  const jobId = await queueJob(peer, {
    ...noopJob,
    scope: { case: 'basis', value: { resourceId: basis?.resourceId ?? '' } },
  })
  const { messages } = peer.listen(methods.getJobStream, { jobId })
  await messages.next()
  await messages.next()
  server.state.store.basis.delete(basis?.resourceId ?? '')
  const error = await failureOf(collect(messages))
  expect([error.code, error.details]).toEqual([status.INTERNAL, 'job disappeared'])
  const unknown = await failureOf(collect(peer.listen(methods.getJobStream, { jobId }).messages))
  expect([unknown.code, unknown.details]).toEqual([status.NOT_FOUND, 'job not found'])
})
