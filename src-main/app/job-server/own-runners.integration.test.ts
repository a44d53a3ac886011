import { join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../../src-shared/contract/index.ts'
import { Job_State } from '../../engines/vagrant/generated/server_pb.js'
import { versionMetadata } from '../../engines/vagrant/testing/grpc-js-peer.fixture.ts'
import { eventually, methods, startTestServer, type TestServer } from '../../engines/vagrant/testing/server.fixture.ts'
import { createApp } from '../create-app.ts'
import { type TestApp, testApp, testFolder, writeTree } from '../testing/test-app.ts'
import { queuedJob } from './queue-wish.ts'

/** Machine A's job server, and machine B with a plan. */
async function machines(folder = testFolder()) {
  const server = await startTestServer({ requireAuth: true })
  const token = server.server.tokens.login()
  const app = await testApp({ folder, keepRepository: true })
  const { client, source } = app
  const repository = await client.repositories.add({
    address: join(folder, 'store.castr'),
    name: 'Store',
    create: true,
  })
  writeTree(source, { 'a.txt': 'a' })
  await app.plan({ destinations: [{ repositoryId: repository.id }], retry: { attempts: 0 } })
  const known = await client.jobServers.add({ name: 'A', address: `127.0.0.1:${server.port}`, token })
  return { server, token, app, id: known.id }
}

async function run(server: TestServer, token: string): Promise<Job_State> {
  const peer = server.peer({ metadata: { ...versionMetadata, authorization: token } })
  const { jobId } = await peer.call(methods.queueJob, {
    job: queuedJob({ words: ['backup', 'Documents'], runner: 'b' }),
  })
  const state = () => server.state.queue.get(jobId)?.state ?? Job_State.UNKNOWN
  await eventually(() => state() >= Job_State.ERROR)
  return state()
}

const stateOf = async ({ client }: TestApp) => (await client.jobServers.working()).map(({ state }) => state)

const work = { runnerId: 'b', byIdOnly: true, parallel: 2 }

test('a computer works for a server from when a person says so, through a restart of Holdfast and of the server, until told otherwise', async () => {
  const folder = testFolder()
  const { server, token, app, id } = await machines(folder)
  expect(await app.client.jobServers.working()).toEqual([])
  expect(await app.client.jobServers.work({ id, work })).toMatchObject({ id, work })
  await eventually(() => server.server.runners().length === 1)
  expect(server.server.runners()).toMatchObject([{ id: 'b', byIdOnly: true }])
  await expect.poll(() => stateOf(app)).toEqual(['working'])
  expect(await run(server, token)).toBe(Job_State.SUCCESS)
  expect(await app.client.jobs.list({ limit: 10 })).toMatchObject([{ title: 'Back up Documents' }])

  await app.app.close()
  await eventually(() => server.server.runners().length === 0)
  const again = await createApp(app.host)
  onTestFinished(() => again.close())
  await again.start()
  const client: Client = createRouterClient(again.router, { context: {} })
  await eventually(() => server.server.runners().length === 1)
  const restarted = await server.restart()
  await eventually(() => restarted.server.runners().length === 1)
  expect(await run(restarted, token)).toBe(Job_State.SUCCESS)

  await client.jobServers.work({ id })
  await eventually(() => restarted.server.runners().length === 0)
  expect(await client.jobServers.working()).toEqual([])
  expect((await client.jobServers.list())[0]).not.toHaveProperty('work')
})

test('a token that was revoked is said, and a new one begins anew', async () => {
  const { server, token, app, id } = await machines()
  await app.client.jobServers.work({ id, work })
  await eventually(() => server.server.runners().length === 1)
  server.server.tokens.revoke(Buffer.from(server.server.tokens.decode(token).token.tokenId).toString('hex'))
  await expect
    .poll(() => app.client.jobServers.working())
    .toMatchObject([{ id, state: 'failed', error: { code: 'job-server/denied' } }])
  const fresh = server.server.tokens.login()
  const added = await app.client.jobServers.add({ name: 'A', address: `127.0.0.1:${server.port}`, token: fresh })
  expect(added).toMatchObject({ id, work })
  await eventually(() => server.server.runners().length === 1)
  expect(await run(server, fresh)).toBe(Job_State.SUCCESS)
  await app.client.jobServers.remove({ id })
  await eventually(() => server.server.runners().length === 0)
})

test('a server that is away is waited for; a command line beside the app does not work for it as well', async () => {
  const folder = testFolder()
  const { server, app, id } = await machines(folder)
  await server.stop()
  await app.client.jobServers.work({ id, work })
  expect(await stateOf(app)).toEqual(['connecting'])
  const beside = await testApp({ folder, keepRepository: true, scheduler: false })
  expect(await beside.client.jobServers.working()).toEqual([])
})
