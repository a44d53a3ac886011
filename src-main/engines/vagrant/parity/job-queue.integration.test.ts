import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { Job_State, JobSchema } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import { getsNothing, stored, take } from '../testing/queue.fixture.ts'
import { jobFor, noopJob, queueJob, registerRunner, stateOf } from '../testing/runner.fixture.ts'
import { methods, startTestServer } from '../testing/server.fixture.ts'

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
