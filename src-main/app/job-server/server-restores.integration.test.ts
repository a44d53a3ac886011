import { rmSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { RepositoryId, SecretId } from '../../../src-shared/model/ids.ts'
import { jobServerAddress } from '../../../src-shared/model/job-server-source.ts'
import { foldersSource, type PlanSource } from '../../../src-shared/model/source.ts'
import { connectVagrant } from '../../engines/vagrant/client/connect-vagrant.ts'
import { never } from '../../engines/vagrant/testing/server.fixture.ts'
import { type TestApp, testApp } from '../testing/test-app.ts'

/** A Holdfast whose job server is on, and which knows it as one to connect to. */
async function served(app: TestApp) {
  await app.client.servers.configure({ config: { kind: 'jobs', listen: { host: '127.0.0.1', port: 0 } } })
  const port = await switchOn(app)
  await app.client.servers.configure({ config: { kind: 'jobs', listen: { host: '127.0.0.1', port } } })
  const { token } = await app.client.jobServer.makeToken({ kind: 'login' })
  const known = await app.client.jobServers.add({ name: 'Own', address: `127.0.0.1:${port}`, token })
  const { id } = known
  const source: PlanSource = { kind: 'job-server', ...jobServerAddress.parse(known), serverId: id }
  return { port, token, serverId: id, source }
}

async function switchOn({ client }: TestApp): Promise<number> {
  const { status } = await client.servers.start({ kind: 'jobs' })
  if (status.state !== 'running') throw new Error(JSON.stringify(status))
  return status.listen.port
}

async function peer(port: number, token: string) {
  const connection = await connectVagrant({ address: `127.0.0.1:${port}`, token }, never())
  onTestFinished(() => connection.close())
  return connection.client
}

/** A small one: a datastore has 65,536 folders. */
async function casync({ client, folder }: TestApp): Promise<RepositoryId> {
  return (await client.repositories.add({ address: join(folder, 'store.castr'), name: 'Store', create: true })).id
}

const planOf = (app: TestApp, source: PlanSource, repositoryId: RepositoryId) =>
  app.plan({ name: 'Jobs', source, backupId: 'jobs', destinations: [{ repositoryId }], retry: { attempts: 0 } })

async function backUp(app: TestApp, source: PlanSource, repositoryId: RepositoryId) {
  const plan = await planOf(app, source, repositoryId)
  const [job] = await app.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  const { summary } = (await app.done(job)).status
  if (summary.snapshotId === undefined) throw new Error('no snapshot')
  return { snapshotId: summary.snapshotId, planId: plan.id, summary }
}

async function bases(port: number, token: string): Promise<string[]> {
  return (await (await peer(port, token)).listBasis({})).basis.map(({ name }) => name)
}

const queued = async (port: number, token: string) =>
  (await (await peer(port, token))._ListJobs({})).jobs.flatMap(({ labels, operation }) =>
    'holdfast/kind' in labels || operation.case !== 'command' ? [] : [operation.value.cliArgs?.args.join(' ')],
  )

/** Stops the server and starts it again: what was sent takes effect. */
async function restart(app: TestApp): Promise<void> {
  await app.client.servers.stop({ kind: 'jobs' })
  await switchOn(app)
}

const stores: Record<string, (app: TestApp) => Promise<RepositoryId>> = {
  datastore: async ({ client }) => (await client.repositories.ensureDefault()).id,
  casync,
  async pbs({ client }) {
    const { id } = await client.repositories.ensureDefault()
    const listen = { host: '127.0.0.1', port: 0 }
    await client.servers.configure({
      config: { kind: 'pbs', listen, datastores: [{ name: 'here', repositoryId: id }] },
    })
    const { status } = await client.servers.start({ kind: 'pbs' })
    if (status.state !== 'running' || status.fingerprint === undefined) throw new Error(JSON.stringify(status))
    await client.accounts.addUser({ userId: 'backup@pbs', password: 'correct horse' })
    await client.accounts.grant({ authId: 'backup@pbs', path: '/datastore/here', role: 'DatastoreAdmin' })
    const added = await client.repositories.add({
      address: `backup@pbs@127.0.0.1:${status.listen.port}:here`,
      name: 'Server',
      create: false,
      secret: 'correct horse',
      fingerprint: status.fingerprint,
    })
    return added.id
  },
}

test.each(Object.entries(stores))(
  'a job server is stored in a repository (%s), seen there, and put back with its jobs',
  async (_, store) => {
    const app = await testApp()
    const { client } = app
    const { port, token, serverId, source } = await served(app)
    await (await peer(port, token)).upsertBasis({ basis: { name: 'kept', path: '/kept' } })
    await client.jobServer.queue({ words: ['backup', 'Documents'], runner: 'nobody' })
    const { snapshotId } = await backUp(app, source, await store(app))

    expect(await client.jobServers.facts({ snapshotId })).toMatchObject({
      address: `127.0.0.1:${port}`,
      version: expect.stringMatching(/\+holdfast$/),
      buckets: expect.arrayContaining([
        { name: 'basis', items: 1, sizeBytes: expect.any(Number) },
        { name: 'jobs', items: expect.any(Number), sizeBytes: expect.any(Number) },
      ]),
    })
    const listed = await client.snapshots.browse({ id: snapshotId, path: 'job-server' })
    expect(listed.entries).toMatchObject([{ name: 'server.snapshot', kind: 'file' }])

    await (await peer(port, token)).upsertBasis({ basis: { name: 'later', path: '/later' } })
    await client.jobServer.queue({ words: ['backup', 'Later'], runner: 'nobody' })
    const end = await app.done(await client.jobServers.restore({ snapshotId, serverId }))
    expect(end.status.summary.doneBytes).toBeGreaterThan(0)
    expect(await bases(port, token)).toEqual(['kept', 'later'])
    await restart(app)
    expect(await bases(port, token)).toEqual(['kept'])
    expect(await queued(port, token)).toEqual(['Documents'])
  },
)

test('a second backup of a server that did not change stores next to nothing', async () => {
  const app = await testApp({ keepRepository: true })
  const repositoryId = await casync(app)
  const { port, token, source } = await served(app)
  const client = await peer(port, token)
  for (let i = 0; i < 200; i++)
    await client.upsertBasis({ basis: { name: `basis ${i}`, path: `/${'x'.repeat(5000)}/${i}` } })
  const first = await backUp(app, source, repositoryId)
  const second = await backUp(app, source, repositoryId)
  expect(first.summary.doneBytes).toBeGreaterThan(1_000_000)
  expect(second.summary.reusedChunks).toBeGreaterThan(0)
  expect(second.summary.storedBytes).toBeLessThan(10_000)
})

test('a stored server that was damaged is not sent, and the server stays as it was', async () => {
  const app = await testApp({ keepRepository: true })
  const { port, token, serverId, source } = await served(app)
  const client = await peer(port, token)
  await client.upsertBasis({ basis: { name: 'kept', path: '/kept' } })
  const { snapshotId } = await backUp(app, source, await casync(app))
  await client.upsertBasis({ basis: { name: 'later', path: '/later' } })
  const store = join(app.folder, 'store.castr')
  for (const name of await readdir(store, { recursive: true })) {
    if (!name.endsWith('.cacnk')) continue
    const bytes = await readFile(join(store, name))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 3) ^ 0xff, bytes.length - 3)
    rmSync(join(store, name))
    await writeFile(join(store, name), bytes)
  }
  const end = await app.ended(await app.client.jobServers.restore({ snapshotId, serverId }))
  expect(end.status).toMatchObject({ state: 'error' })
  await restart(app)
  expect(await bases(port, token)).toEqual(['kept', 'later'])
})

test('what is no job server, and one that is not known, are refused before anything is queued', async () => {
  const app = await testApp({ keepRepository: true })
  const { serverId, source } = await served(app)
  const repositoryId = await casync(app)
  await writeFile(join(app.source, 'a.txt'), 'a')
  const folders = foldersSource.parse({ kind: 'folders', paths: [app.source] })
  const { snapshotId: other } = await backUp(app, folders, repositoryId)
  await expect(app.client.jobServers.restore({ snapshotId: other, serverId })).rejects.toMatchObject({
    code: 'input/invalid',
  })
  await expect(app.client.jobServers.facts({ snapshotId: other })).rejects.toMatchObject({ code: 'input/invalid' })
  const { snapshotId, planId } = await backUp(app, source, repositoryId)
  const nobody = '00000000-0000-4000-8000-000000000001' as SecretId // no server has it
  await expect(app.client.jobServers.restore({ snapshotId, serverId: nobody })).rejects.toMatchObject({
    code: 'input/invalid',
  })
  expect(await app.client.jobServers.restoreAsCommand({ snapshotId, serverId })).toMatch(
    /^holdfast remote restore host\/jobs\/\S+ -r .+ --server 127\.0\.0\.1:\d+$/,
  )
  // The token is the server's: it stays when a plan that used it goes.
  await app.client.plans.remove({ id: planId })
  expect(await app.client.jobServers.look({ id: serverId })).toMatchObject({ runners: [] })
})

test('a plan whose token was revoked, and one whose server is off, say so', async () => {
  const app = await testApp({ keepRepository: true })
  const { source } = await served(app)
  const plan = await planOf(app, source, await casync(app))
  const run = async () => {
    const [job] = await app.client.plans.run({ id: plan.id })
    if (job === undefined) throw new Error('no job')
    return (await app.ended(job)).status
  }
  for (const { id } of await app.client.jobServer.tokens()) await app.client.jobServer.revokeToken({ id })
  expect(await run()).toMatchObject({ error: { code: 'job-server/denied' } })
  await app.client.servers.stop({ kind: 'jobs' })
  expect(await run()).toMatchObject({ error: { code: 'job-server/unreachable' } })
})
