import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { Job_State } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import { getsNothing, stored } from '../testing/queue.fixture.ts'
import { collect, linesOf, queueJob, registerRunner, requestJob } from '../testing/runner.fixture.ts'
import { eventually, methods, startTestServer } from '../testing/server.fixture.ts'

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
