import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { Job_State, JobSchema } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import {
  assignedJob,
  collect,
  complete,
  jobFor,
  linesOf,
  noopJob,
  queueJob,
  registerRunner,
  requestJob,
  sendLines,
  stateOf,
  takeJob,
} from '../testing/runner.fixture.ts'
import { eventually, methods, never, startTestServer, type TestServer } from '../testing/server.fixture.ts'

const anyRunner = (id: string, byIdOnly = false) => ({ id, registration: () => ({ byIdOnly }) })

async function take(server: TestServer, id = 'r', byIdOnly = false) {
  return await server.state.queue.assign(anyRunner(id, byIdOnly), never())
}

/** Whether the runner would get a job right now. */
async function getsNothing(server: TestServer, id: string, byIdOnly = false): Promise<boolean> {
  const waiting = new AbortController()
  const job = server.state.queue.assign(anyRunner(id, byIdOnly), waiting.signal)
  waiting.abort(new Error('waited'))
  return await job.then(
    () => false,
    () => true,
  )
}

const stored = (server: TestServer, id: string) => server.state.queue.get(id)

describe('queueing', () => {
  test('JOB-01 an id comes back, the job is QUEUED', async () => {
    const server = await startTestServer()
    const jobId = await queueJob(server.peer())
    expect(await stateOf(server.peer(), jobId)).toBe(Job_State.QUEUED)
  })

  test('JOB-02 ROW-20 after expires_in a queued job is ERROR with cancel_time; zero or less expires at once', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const ids = [
      await queueJob(peer, noopJob, '1ms'),
      await queueJob(peer, noopJob, '0'),
      await queueJob(peer, noopJob, '-5s'),
    ]
    expect(await Promise.all(ids.map((id) => stateOf(peer, id)))).toEqual([
      Job_State.QUEUED,
      Job_State.ERROR,
      Job_State.ERROR,
    ])
    server.clock.advance(1)
    const job = await peer.call(methods.getJob, { jobId: ids[0] ?? '' })
    expect(job).toMatchObject({
      state: Job_State.ERROR,
      cancelTime: {},
      completeTime: {},
      error: { code: status.CANCELLED },
    })
  })

  test('JOB-03 JOB-04 JOB-05 ROW-21 ValidateJob: valid, not assignable without runners; an id is not valid', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    expect(await peer.call(methods.validateJob, { job: noopJob })).toMatchObject({ valid: true, assignable: false })
    await registerRunner(peer, 'r')
    expect(await peer.call(methods.validateJob, { job: noopJob })).toMatchObject({ valid: true, assignable: true })
    expect(await peer.call(methods.validateJob, { job: noopJob, disableAssign: true })).toMatchObject({
      valid: true,
      assignable: false,
    })
    const invalid = await peer.call(methods.validateJob, { job: { ...noopJob, id: 'HELLO' } })
    expect(invalid).toMatchObject({
      valid: false,
      assignable: false,
      validationError: { code: status.FAILED_PRECONDITION, message: 'id: must be empty' },
    })
    expect((await failureOf(peer.call(methods.validateJob, {}))).code).toBe(status.FAILED_PRECONDITION)
  })

  test('a job that lacks what it needs is refused with the code of section 9.3, and nothing is stored', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const { operation: _, ...withoutOperation } = noopJob
    const { targetRunner: __, ...withoutRunner } = noopJob
    const rows: [MessageInitShape<typeof methods.queueJob.input>, number, string][] = [
      [{}, status.FAILED_PRECONDITION, 'job must be set'],
      [{ job: { ...noopJob, id: 'x' } }, status.INVALID_ARGUMENT, 'job ID must not be set'],
      [{ job: noopJob, expiresIn: '1 day' }, status.FAILED_PRECONDITION, 'Invalid expiry duration'],
      [{ job: withoutRunner }, status.FAILED_PRECONDITION, 'target_runner'],
      [{ job: { ...noopJob, targetRunner: {} } }, status.FAILED_PRECONDITION, 'target_runner'],
      [{ job: withoutOperation }, status.FAILED_PRECONDITION, 'operation'],
      [{ job: { ...noopJob, scope: { case: 'basis', value: { resourceId: 'x' } } } }, status.NOT_FOUND, 'basis'],
      [{ job: { ...noopJob, scope: { case: 'project', value: { resourceId: 'x' } } } }, status.NOT_FOUND, 'project'],
      [{ job: { ...noopJob, scope: { case: 'target', value: { resourceId: 'x' } } } }, status.NOT_FOUND, 'target'],
    ]
    for (const [request, code, words] of rows) {
      const error = await failureOf(peer.call(methods.queueJob, request))
      expect([error.code, error.details]).toEqual([code, expect.stringContaining(words)])
    }
    expect((await peer.call(methods._ListJobs, {})).jobs).toEqual([])
  })

  test('the data source comes from the project, else the basis', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const git = (url: string) => ({ source: { case: 'git', value: { url } } }) as const
    const { basis } = await peer.call(methods.upsertBasis, {
      basis: { name: 'b', path: '/b', dataSource: git('basis') },
    })
    const { dataSource: _, ...bare } = noopJob
    const made = async (name: string, dataSource?: ReturnType<typeof git>) => {
      const project = {
        name,
        path: `/${name}`,
        basis: { resourceId: basis?.resourceId ?? '' },
        ...(dataSource && { dataSource }),
      }
      const { project: stored } = await peer.call(methods.upsertProject, { project })
      const jobId = await queueJob(peer, {
        ...bare,
        scope: { case: 'project', value: { resourceId: stored?.resourceId ?? '' } },
      })
      return (await peer.call(methods.getJob, { jobId })).dataSource?.source
    }
    expect(await made('own', git('project'))).toMatchObject({ value: { url: 'project' } })
    expect(await made('none')).toMatchObject({ value: { url: 'basis' } })
  })

  test('NEW-10 what only the server sets is discarded', async () => {
    const server = await startTestServer()
    const time = { seconds: 1n }
    const jobId = await queueJob(server.peer(), {
      ...noopJob,
      state: Job_State.SUCCESS,
      assignedRunner: { id: 'x' },
      queueTime: time,
      assignTime: time,
      ackTime: time,
      completeTime: time,
      error: { code: 1 },
      result: {},
      cancelTime: time,
      expireTime: time,
    })
    const job = await server.peer().call(methods.getJob, { jobId })
    expect(job.state).toBe(Job_State.QUEUED)
    expect(job.queueTime?.seconds).toBe(BigInt(server.clock.now() / 1000))
    for (const field of [
      'assignedRunner',
      'assignTime',
      'ackTime',
      'completeTime',
      'error',
      'result',
      'cancelTime',
      'expireTime',
    ] as const) {
      expect(job[field]).toBeUndefined()
    }
  })

  test('NEW-17 NEW-18 ROW-02 ROW-22 all six operations, maps and unknown fields survive a restart byte for byte', async () => {
    let server = await startTestServer()
    const operations: NonNullable<(typeof noopJob)['operation']>[] = [
      { case: 'noop', value: {} },
      { case: 'auth', value: { checkOnly: true, component: { name: 'c' } } },
      { case: 'docs', value: {} },
      { case: 'validate', value: {} },
      {
        case: 'command',
        value: {
          command: 'up',
          labels: { a: 'b' },
          cliArgs: { flags: [{ name: 'f', value: { case: 'bool', value: true } }] },
        },
      },
      { case: 'init', value: {} },
    ]
    const sent = operations.map((operation) =>
      create(JobSchema, { ...noopJob, operation, labels: { x: '1', y: '2' }, dataSourceOverrides: { ref: 'r' } }),
    )
    const newer = create(JobSchema, { targetRunner: { target: { case: 'any', value: {} } } })
    newer.$unknown = [{ no: 56, wireType: 2, data: Uint8Array.of(0) }]
    const peer = server.peer()
    const ids: string[] = []
    for (const job of [...sent, newer]) ids.push(await queueJob(peer, job))
    const before = await Promise.all(ids.map((jobId) => peer.call(methods.getJob, { jobId })))
    server = await server.restart()
    for (const [i, jobId] of ids.entries()) {
      const job = await server.peer().call(methods.getJob, { jobId })
      expect(Buffer.from(toBinary(JobSchema, job)).equals(toBinary(JobSchema, before[i] ?? job))).toBe(true)
      expect(job.operation).toEqual([...sent, newer][i]?.operation)
    }
    const last = await server.peer().call(methods.getJob, { jobId: ids.at(-1) ?? '' })
    expect(last.$unknown?.map(({ no }) => no)).toEqual([56])
  })

  test('ROW-02 the job of section 20 is read and written byte for byte', () => {
    const bytes = Buffer.from('0a01782a020a00b2030f220275705a090a070a016618012001a00602', 'hex')
    const job = fromBinary(JobSchema, bytes)
    expect(job).toMatchObject({
      id: 'x',
      state: Job_State.WAITING,
      operation: { case: 'command', value: { command: 'up' } },
    })
    expect(Buffer.from(toBinary(JobSchema, job)).toString('hex')).toBe(bytes.toString('hex'))
  })
})

describe('assignment', () => {
  test('JOB-06 JOB-36 one job: WAITING with its runner, no output yet; the next request waits', async () => {
    const server = await startTestServer()
    const jobId = await queueJob(server.peer())
    const { job } = await take(server, 'me')
    expect(job).toMatchObject({ id: jobId, state: Job_State.WAITING, assignedRunner: { id: 'me' } })
    expect(await getsNothing(server, 'other')).toBe(true)
  })

  test('JOB-07 a waiting runner gets what is queued later', async () => {
    const server = await startTestServer()
    const waiting = take(server)
    const jobId = await queueJob(server.peer())
    expect((await waiting).job.id).toBe(jobId)
  })

  test('JOB-08 ROW-16 in the order of queueing, also within one millisecond', async () => {
    const server = await startTestServer()
    const ids: string[] = []
    for (let i = 0; i < 20; i++) ids.push(await queueJob(server.peer()))
    const taken: string[] = []
    for (let i = 0; i < 20; i++) taken.push((await take(server)).job.id)
    expect(taken).toEqual(ids)
  })

  test('JOB-09 JOB-10 JOB-11 by id, any, and runners that take only what names them', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const a = await queueJob(peer, jobFor('A'))
    const b = await queueJob(peer)
    const c = await queueJob(peer)
    expect(await getsNothing(server, 'C', true)).toBe(true)
    expect((await take(server, 'B')).job.id).toBe(b)
    expect((await take(server, 'A')).job.id).toBe(a)
    expect((await take(server, 'A')).job.id).toBe(c)
    await queueJob(peer, jobFor('B'))
    expect(await getsNothing(server, 'A')).toBe(true)
    expect(await getsNothing(server, 'AB')).toBe(true)
    const direct = await queueJob(peer, jobFor('C'))
    expect((await take(server, 'C', true)).job.id).toBe(direct)
  })

  test('JOB-12 jobs of one project may run at once', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const { basis } = await peer.call(methods.upsertBasis, { basis: { name: 'b', path: '/b' } })
    const scope = { case: 'basis', value: { resourceId: basis?.resourceId ?? '' } } as const
    for (let i = 0; i < 2; i++) await queueJob(peer, { ...noopJob, scope })
    const both = [await take(server), await take(server)]
    for (const held of both) held.ack()
    expect(both.map(({ job }) => stored(server, job.id)?.state)).toEqual([Job_State.RUNNING, Job_State.RUNNING])
  })

  test('JOB-18 to JOB-21 assignable: nobody, somebody, only by id, the named one', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const assignable = async (job: typeof noopJob) => (await peer.call(methods.validateJob, { job })).assignable
    expect(await assignable(noopJob)).toBe(false)
    await registerRunner(peer, 'direct', true)
    expect([await assignable(noopJob), await assignable(jobFor('direct')), await assignable(jobFor('x'))]).toEqual([
      false,
      true,
      false,
    ])
    await registerRunner(peer, 'free')
    expect(await assignable(noopJob)).toBe(true)
  })

  test('a job that no runner can take says why it waits', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const jobId = await queueJob(peer)
    expect(server.server.waitingReason(jobId)).toBe('No runner is connected.')
    await registerRunner(peer, 'direct', true)
    expect(server.server.waitingReason(jobId)).toBe('All runners take only jobs that name them.')
    expect(server.server.waitingReason(await queueJob(peer, jobFor('x')))).toBe('Runner x is not connected.')
  })
})

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

describe('jobs of the app', () => {
  const description = { id: 'app-1', command: 'backup', labels: { title: 'Documents' }, runnerId: 'app', queuedMs: 1 }

  test('a backup started in the window is visible to GetJob, GetJobStream and the list, and no runner gets it', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const job = server.state.queue.external.announce(description)
    expect(await getsNothing(server, 'app')).toBe(true)
    const listening = collect(peer.listen(methods.getJobStream, { jobId: 'app-1' }).messages)
    job.start()
    job.write([{ event: { case: 'line', value: { msg: 'half' } } }])
    await peer.call(methods.cancelJob, { jobId: 'app-1' })
    expect(job.cancelled.aborted).toBe(true)
    expect((await peer.call(methods._ListJobs, {})).jobs).toMatchObject([
      { id: 'app-1', state: Job_State.RUNNING, cancelTime: {} },
    ])
    job.succeed()
    const events = await listening
    expect(events.flatMap(linesOf)).toEqual(['half'])
    expect(events.at(-1)?.event.case).toBe('complete')
    expect(() => job.start()).toThrow("can't be completed from state: SUCCESS")
  })

  test('one that a restart cut off is ERROR until the app announces it again; ids of queued jobs are not taken', async () => {
    let server = await startTestServer()
    server.state.queue.external.announce(description).start()
    server = await server.restart()
    expect(stored(server, 'app-1')).toMatchObject({ state: Job_State.ERROR, error: { code: status.ABORTED } })
    server.state.queue.external.announce(description)
    expect(stored(server, 'app-1')?.state).toBe(Job_State.QUEUED)
    const jobId = await queueJob(server.peer())
    expect(() => server.state.queue.external.announce({ ...description, id: jobId })).toThrow('another job')
  })

  test('the feed tells of every job first, then of each change and removal', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const first = await queueJob(peer)
    const stop = new AbortController()
    const changes = server.state.queue.changes(stop.signal)
    expect((await changes.next()).value).toMatchObject({ type: 'changed', job: { id: first, state: Job_State.QUEUED } })
    const next = changes.next()
    await peer.call(methods.cancelJob, { jobId: first })
    expect((await next).value).toMatchObject({ type: 'changed', job: { id: first, state: Job_State.ERROR } })
    const removed = changes.next()
    server.state.queue.prune(0)
    expect((await removed).value).toEqual({ type: 'removed', id: first })
    const end = changes.next()
    stop.abort()
    expect((await end).done).toBe(true)
  })
})

describe('runners', () => {
  test('RUN-01 RUN-02 RUN-03 RUN-04 CFG-09 ROW-26 open gives a first config, the runner is readable with its components, gone after close', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const components = [
      { type: 1, name: 'up' },
      { type: 5, name: 'virtualbox' },
    ]
    const stream = peer.open(methods.runnerConfig)
    stream.send({ event: { case: 'open', value: { runner: { id: 'r', components } } } })
    expect((await stream.next()).config).toMatchObject({ configVars: [] })
    expect(await peer.call(methods.getRunner, { runnerId: 'r' })).toMatchObject({ id: 'r', components })
    stream.halfClose()
    expect(await stream.ended()).toEqual([])
    const error = await failureOf(peer.call(methods.getRunner, { runnerId: 'r' }))
    expect([error.code, error.details]).toEqual([status.NOT_FOUND, 'runner not found'])
  })

  test('a first message that is not open, or without a runner or its id, is FAILED_PRECONDITION', async () => {
    const server = await startTestServer()
    for (const event of [undefined, { case: 'open', value: {} }, { case: 'open', value: { runner: {} } }] as const) {
      const stream = server.peer().open(methods.runnerConfig)
      stream.send(event === undefined ? {} : { event })
      expect((await failureOf(stream.ended())).code).toBe(status.FAILED_PRECONDITION)
    }
    const unregistered = requestJob(server.peer(), 'nobody')
    expect((await failureOf(unregistered.ended())).code).toBe(status.NOT_FOUND)
  })

  test('two streams with one id: the runner is there until the last one closes, however it closes', async () => {
    const server = await startTestServer()
    const [first, second] = [await registerRunner(server.peer(), 'r'), await registerRunner(server.peer(), 'r')]
    first.cancel()
    await eventually(() => server.server.connections().length > 0)
    expect((await server.peer().call(methods.getRunner, { runnerId: 'r' })).id).toBe('r')
    second.halfClose()
    await second.ended()
    await eventually(() => server.server.runners().length === 0)
  })

  test('a runner that signs off while it waits for a job is told NOT_FOUND', async () => {
    const server = await startTestServer()
    const peer = server.peer()
    const registration = await registerRunner(peer, 'r')
    const stream = requestJob(peer, 'r')
    await new Promise((resolve) => setTimeout(resolve, 20))
    registration.halfClose()
    expect((await failureOf(stream.ended())).code).toBe(status.NOT_FOUND)
  })
})
