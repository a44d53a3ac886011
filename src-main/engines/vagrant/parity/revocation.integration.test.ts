import { Code } from '@connectrpc/connect'
import { status } from '@grpc/grpc-js'
import { expect, onTestFinished, test } from 'vitest'
import { Job_State } from '../generated/server_pb.js'
import { createRunner } from '../runner/create-runner.ts'
import { failureOf, versionMetadata } from '../testing/grpc-js-peer.fixture.ts'
import { connectTo, quietOperations } from '../testing/holdfast-runner.fixture.ts'
import { complete, jobFor, queueJob, registerRunner, requestJob, stateOf, takeJob } from '../testing/runner.fixture.ts'
import {
  eventually,
  methods,
  never,
  startTestServer,
  type TestServer,
  temporaryFolder,
} from '../testing/server.fixture.ts'

const refused = { code: status.UNAUTHENTICATED, details: 'invalid authentication token: revoked' }

function withLogin(server: TestServer) {
  const token = server.server.tokens.login()
  const id = Buffer.from(server.server.tokens.decode(token).token.tokenId).toString('hex')
  const peer = server.peer({ metadata: { ...versionMetadata, authorization: token } })
  return { token, peer, revoke: () => server.server.tokens.revoke(id) }
}

test('streams that wait with a revoked token end with UNAUTHENTICATED at once; others go on', async () => {
  const server = await startTestServer({ requireAuth: true })
  const [lost, kept] = [withLogin(server), withLogin(server)]
  const jobId = await queueJob(kept.peer, jobFor('nobody'))
  const { basis } = await kept.peer.call(methods.upsertBasis, { basis: { name: 'b', path: '/b' } })
  const scope = { case: 'basis', value: { resourceId: basis?.resourceId ?? '' } } as const
  const registration = await registerRunner(lost.peer, 'lost')
  const waiting = requestJob(lost.peer, 'lost')
  const watching = lost.peer.listen(methods.getJobStream, { jobId })
  const logs = lost.peer.listen(methods.getLogStream, { scope })
  const other = await registerRunner(kept.peer, 'kept')
  expect((await watching.messages.next()).value?.event.case).toBe('open')
  expect((await watching.messages.next()).value?.event.case).toBe('state')
  const ends = [registration.ended(), waiting.ended(), watching.messages.next(), logs.messages.next()].map((end) =>
    failureOf(end),
  )
  await eventually(() => server.server.runners().length === 2)
  lost.revoke()
  for (const end of await Promise.all(ends)) expect(end).toMatchObject(refused)
  await eventually(() => server.server.runners().length === 1)
  other.halfClose()
  expect(await other.ended()).toEqual([])
})

test('a job in hand is brought to its end with a revoked token, and is the last', async () => {
  const server = await startTestServer({ requireAuth: true })
  const [lost, kept] = [withLogin(server), withLogin(server)]
  await registerRunner(lost.peer, 'r')
  await queueJob(kept.peer)
  const { stream, id } = await takeJob(server, lost.peer, 'r')
  lost.revoke()
  stream.send({ event: { case: 'heartbeat', value: {} } })
  complete(stream)
  await stream.ended()
  expect(await stateOf(kept.peer, id)).toBe(Job_State.SUCCESS)
  expect(await failureOf(requestJob(lost.peer, 'r').next())).toMatchObject(refused)
})

test('a new key ends what waits with any token', async () => {
  const server = await startTestServer({ requireAuth: true })
  const { peer } = withLogin(server)
  const registration = await registerRunner(peer, 'r')
  server.server.tokens.revokeAll()
  expect(await failureOf(registration.ended())).toMatchObject(refused)
})

test('our runner stops when its token is revoked: what waits is refused, a job in hand ends well', async () => {
  const server = await startTestServer({ requireAuth: true })
  const [lost, kept] = [withLogin(server), withLogin(server)]
  const { client } = await connectTo(server.port, lost.token)
  const going = Promise.withResolvers<void>()
  let isBusy = false
  const runner = createRunner({
    client,
    operations: {
      ...quietOperations,
      noop: async () => {
        isBusy = true
        await going.promise
      },
    },
    localFolder: await temporaryFolder(),
    id: 'ours',
    heartbeatMs: 20,
    backoffMs: [5, 50],
  })
  onTestFinished(() => runner.close())
  await eventually(() => runner.isRegistered)
  const jobId = await queueJob(kept.peer)
  const work = runner.work(2)
  await eventually(() => isBusy)
  lost.revoke()
  await expect(work).rejects.toMatchObject({ code: Code.Unauthenticated })
  const closed = runner.close()
  going.resolve()
  await closed
  expect(await stateOf(kept.peer, jobId)).toBe(Job_State.SUCCESS)
  await expect(runner.accept({ signal: never() })).resolves.toBeUndefined()
})
