import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { Job_State } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import { stored, take } from '../testing/queue.fixture.ts'
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
import { methods, startTestServer, type TestServer } from '../testing/server.fixture.ts'

describe('ack, nack and timers', () => {
  test('JOB-13 JOB-14 JOB-36 an ack runs the job, a nack queues it again in front, without a runner', async () => {
    const server = await startTestServer()
    const first = await queueJob(server.peer())
    await queueJob(server.peer())
    const held = await take(server)
    held.nack()
    expect(stored(server, first)).toMatchObject({ state: Job_State.QUEUED })
    expect(stored(server, first)?.assignedRunner).toBeUndefined()
    const again = await take(server)
    expect(again.job.id).toBe(first)
    again.ack()
    expect(stored(server, first)).toMatchObject({ state: Job_State.RUNNING, ackTime: {} })
    again.nack()
    expect(stored(server, first)?.state).toBe(Job_State.RUNNING)
  })

  test('JOB-15 ROW-17 without an ack in time the job is QUEUED; the late ack is FAILED_PRECONDITION over the wire', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    await registerRunner(peer, 'r')
    const jobId = await queueJob(peer)
    const stream = requestJob(peer, 'r')
    await assignedJob(stream)
    server.clock.advance(120_000)
    expect(await stateOf(peer, jobId)).toBe(Job_State.QUEUED)
    stream.send({ event: { case: 'ack', value: {} } })
    const error = await failureOf(stream.ended())
    expect([error.code, error.details]).toEqual([status.FAILED_PRECONDITION, "job can't be acked from state: QUEUED"])
  })

  test('NEW-01 a job that was declined once is not killed by an old timer', async () => {
    const server = await startTestServer()
    const jobId = await queueJob(server.peer())
    const first = await take(server)
    server.clock.advance(60_000)
    first.nack()
    const second = await take(server)
    server.clock.advance(60_000)
    second.ack()
    for (let i = 0; i < 10; i++) {
      server.clock.advance(119_000)
      second.heartbeat()
    }
    expect(stored(server, jobId)?.state).toBe(Job_State.RUNNING)
  })

  test('NEW-02 an ack, output or end from a stream that lost the job is refused', async () => {
    const server = await startTestServer()
    const jobId = await queueJob(server.peer())
    const late = await take(server, 'A')
    server.clock.advance(120_000)
    const holder = await take(server, 'B')
    expect(() => late.ack()).toThrow("can't be acked from state: WAITING")
    holder.ack()
    expect(() => late.complete(undefined)).toThrow("can't be completed from state: RUNNING")
    expect(stored(server, jobId)?.assignedRunner?.id).toBe('B')
    holder.complete(undefined)
    expect(() => holder.complete(undefined)).toThrow("can't be completed from state: SUCCESS")
  })

  test('NEW-03 a WAITING job that was cancelled or expired ends ERROR on nack', async () => {
    const server = await startTestServer()
    for (const [expiresIn, cancel] of [
      ['', true],
      ['1s', false],
    ] as const) {
      const jobId = await queueJob(server.peer(), noopJob, expiresIn)
      const held = await take(server)
      if (cancel) server.state.queue.cancel(jobId)
      else server.clock.advance(1000)
      expect(stored(server, jobId)).toMatchObject({ state: Job_State.WAITING, cancelTime: {} })
      held.nack()
      expect(stored(server, jobId)).toMatchObject({ state: Job_State.ERROR, error: { message: 'canceled' } })
    }
  })

  test('JOB-27 JOB-28 JOB-29 ROW-18 heartbeats keep a job alive, output does not, silence ends it', async () => {
    const server = await startTestServer()
    const jobId = await queueJob(server.peer())
    const held = await take(server)
    held.ack()
    for (let i = 0; i < 50; i++) {
      server.clock.advance(100_000)
      held.heartbeat()
    }
    expect(stored(server, jobId)?.state).toBe(Job_State.RUNNING)
    server.clock.advance(119_999)
    held.write([])
    server.clock.advance(1)
    expect(stored(server, jobId)).toMatchObject({ state: Job_State.ERROR, completeTime: {} })
  })

  test('JOB-30 ROW-18 after a restart: queued stays, waiting gets a fresh ack timer, running a fresh heartbeat timer', async () => {
    let server = await startTestServer()
    const peer = server.peer()
    const running = await queueJob(peer)
    const waiting = await queueJob(peer)
    const queued = await queueJob(peer, noopJob, '10m')
    ;(await take(server)).ack()
    await take(server)
    server.clock.advance(60_000)
    server = await server.restart()
    server.clock.advance(119_999)
    const states = () => [running, waiting, queued].map((id) => stored(server, id)?.state)
    expect(states()).toEqual([Job_State.RUNNING, Job_State.WAITING, Job_State.QUEUED])
    server.clock.advance(1)
    expect(states()).toEqual([Job_State.ERROR, Job_State.QUEUED, Job_State.QUEUED])
    server.clock.advance(600_000)
    expect(states()).toEqual([Job_State.ERROR, Job_State.QUEUED, Job_State.ERROR])
  })
})

describe('end', () => {
  test('JOB-16 JOB-17 the result is kept; an error keeps its code and text', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    await registerRunner(peer, 'r')
    const [good, bad] = [await queueJob(peer), await queueJob(peer)]
    const first = await takeJob(server, peer, 'r')
    first.stream.send({ event: { case: 'complete', value: { result: { run: { runResult: true, exitCode: -1 } } } } })
    await first.stream.ended()
    const second = await takeJob(server, peer, 'r')
    second.stream.send({ event: { case: 'error', value: { error: { code: status.UNKNOWN, message: 'because' } } } })
    await second.stream.ended()
    const [success, error] = await Promise.all([good, bad].map((jobId) => peer.call(methods.getJob, { jobId })))
    expect(success).toMatchObject({
      state: Job_State.SUCCESS,
      result: { run: { runResult: true, exitCode: -1 } },
      completeTime: {},
    })
    expect(success?.error).toBeUndefined()
    expect(error).toMatchObject({ state: Job_State.ERROR, error: { code: status.UNKNOWN, message: 'because' } })
  })

  test('JOB-22 to JOB-26 ROW-19 cancel: queued, waiting, by force, finished, unknown', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const queued = await queueJob(peer)
    await peer.call(methods.cancelJob, { jobId: queued })
    expect(stored(server, queued)).toMatchObject({
      state: Job_State.ERROR,
      error: { code: status.CANCELLED, message: 'canceled' },
      cancelTime: {},
    })
    const waiting = await queueJob(peer)
    await take(server)
    await peer.call(methods.cancelJob, { jobId: waiting })
    expect(stored(server, waiting)).toMatchObject({ state: Job_State.WAITING, cancelTime: {} })
    server.state.queue.cancel(waiting, { force: true })
    expect(stored(server, waiting)).toMatchObject({ state: Job_State.ERROR, cancelTime: {}, completeTime: {} })
    const next = await queueJob(peer)
    const held = await take(server)
    expect(held.job.id).toBe(next)
    held.ack()
    held.complete(undefined)
    await peer.call(methods.cancelJob, { jobId: next })
    expect(stored(server, next)?.state).toBe(Job_State.SUCCESS)
    expect(stored(server, next)?.cancelTime).toBeUndefined()
    expect((await failureOf(peer.call(methods.cancelJob, { jobId: 'x' }))).code).toBe(status.NOT_FOUND)
    expect((await failureOf(peer.call(methods.getJob, { jobId: 'x' }))).details).toBe('job not found')
  })

  test('NEW-19 a finished job is readable and streamable after a restart, with its output', async () => {
    let server = await startTestServer()
    const peer = server.peer()
    await registerRunner(peer, 'r')
    const jobId = await queueJob(peer)
    const { stream } = await takeJob(server, peer, 'r')
    sendLines(stream, 'one', 'two')
    complete(stream)
    await stream.ended()
    server = await server.restart()
    const events = await collect(server.peer().listen(methods.getJobStream, { jobId }).messages)
    expect(events.map(({ event }) => event.case)).toEqual(['open', 'state', 'terminal', 'complete'])
    expect(events.flatMap(linesOf)).toEqual(['one', 'two'])
  })
})

describe('retention', () => {
  async function finished(server: TestServer, count: number): Promise<string[]> {
    const ids: string[] = []
    for (let i = 0; i < count; i++) {
      ids.push(await queueJob(server.peer()))
      const held = await take(server)
      held.ack()
      held.complete(undefined)
    }
    return ids
  }
  const left = (server: TestServer) => server.state.queue.list().map(({ id }) => id)

  test('JOB-31 JOB-32 JOB-33 JOB-35 the oldest go, until as many are left as may be', async () => {
    const server = await startTestServer()
    const ids = await finished(server, 4)
    expect(server.state.queue.prune(4)).toBe(0)
    expect(server.state.queue.prune(5)).toBe(0)
    expect(server.state.queue.prune(2)).toBe(2)
    expect(left(server)).toEqual(ids.slice(2))
    expect(server.state.queue.prune(0)).toBe(2)
    expect(left(server)).toEqual([])
  })

  test('JOB-34 what is queued survives any limit', async () => {
    const server = await startTestServer()
    await finished(server, 2)
    const queued = await queueJob(server.peer())
    server.state.queue.prune(0)
    expect(left(server)).toEqual([queued])
  })

  test('NEW-06 ROW-23 PruneOldJobs with 60 finished and one running leaves 50, the running one and the newest among them', async () => {
    const server = await startTestServer()
    const running = await queueJob(server.peer())
    ;(await take(server)).ack()
    const ids = await finished(server, 60)
    await server.peer().call(methods.pruneOldJobs, {})
    expect(left(server)).toEqual([running, ...ids.slice(-49)])
    // And by itself, every ten minutes.
    const small = await startTestServer({ limits: { indexedJobs: 3 } })
    const later = await finished(small, 5)
    small.clock.advance(600_000)
    expect(left(small)).toEqual(later.slice(-3))
  })
})
