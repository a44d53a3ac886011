import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startCuttingProxy } from '../../engines/pbs/client/testing/cutting-proxy.fixture.ts'
import { accessConfig } from '../../engines/pbs/server/access/access-config.ts'
import { createPbsServer } from '../../engines/pbs/server/create-pbs-server.ts'
import { openServer } from '../../engines/pbs/server/testing/open-server.fixture.ts'
import {
  ROOT_TOKEN,
  SECRET,
  type TestServer,
  testClock,
  testToken,
  testUser,
} from '../../engines/pbs/server/testing/server.fixture.ts'
import { createSelfSignedCertificate } from '../../engines/pbs/server/tls/self-signed.ts'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { collectGarbage } from '../../storage/datastore/garbage-collection.ts'
import { verifyDatastore } from '../../storage/datastore/verify.ts'
import type { Repository, WriteObserver } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'
import { openPbsRepository, type PbsRepositoryOptions } from './pbs-repository.ts'

const { signal } = new AbortController()
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const key = new CryptConfig(new Uint8Array(32).fill(7))
const nothing: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }

type Options = Partial<PbsRepositoryOptions> & { readonly port?: number }

async function open(
  server: Pick<TestServer, 'port' | 'fingerprint'>,
  { port, ...options }: Options = {},
): Promise<Repository> {
  const repository = await openPbsRepository(`${ROOT_TOKEN}@127.0.0.1:${port ?? server.port}:tank`, {
    keys: [key],
    threads: 0,
    now: () => Date.now(),
    credentials: { secret: SECRET, fingerprint: server.fingerprint },
    connection: { environment: {}, retryDelaysMs: [1, 1], idleTimeoutMs: 5000 },
    ...options,
  })
  onTestFinished(() => repository.close())
  return repository
}

function sampleTree(seed = 0): SampleTree {
  const tree = new SampleTree()
  const metadata = { mtimeNs: BigInt(seed) }
  tree.set('big', { content: noise(seed === 0 ? 'big' : `big${seed}`, 3_000_000), metadata })
  for (let i = 0; i < 20; i++) tree.set(`data/${i}`, { content: noise(`${i}-${seed}`, 50_000), metadata })
  return tree
}

async function backup(
  repository: Repository,
  time: number,
  tree: SampleTree,
  mode: 'metadata' | 'legacy' = 'metadata',
) {
  const options = { time, mode, compress: true, cryptMode: 'encrypt' } as const
  const writer = await repository.write(group, options, signal)
  try {
    await writer.addTree('root', tree.entries(), { excludePatterns: [] }, nothing)
    return await writer.commit()
  } finally {
    await writer.discard()
  }
}

const timesOf = async (repository: Repository) =>
  (await Array.fromAsync(repository.snapshots(signal))).map(({ ref }) => ref.time).sort()

test('row 16: a line that is cut anywhere leaves nothing half-visible, and the next run goes through', async () => {
  const server = await openServer()
  const proxy = await startCuttingProxy(server.port)
  onTestFinished(() => proxy.close())
  const direct = await open(server)
  await backup(direct, 1000, sampleTree())
  const outcomes: unknown[] = []
  let time = 1001
  // Through the handshake, the upgrade, chunks, indexes, the manifest.
  for (const limit of [
    300, 1500, 3000, 6000, 20_000, 100_000, 1_000_000, 2_500_000, 3_900_000, 4_010_000, 4_020_000, 9_000_000,
  ]) {
    const cut = await open(server, { port: proxy.port })
    proxy.cutAfter(limit)
    const outcome = await backup(cut, time, sampleTree(limit)).then(
      () => 'through',
      (error: { readonly code?: string }) => error.code,
    )
    proxy.cutAfter(Number.POSITIVE_INFINITY)
    await server.settled()
    outcomes.push(outcome)
    if (outcome === 'through') time++
    else expect(outcome).toBe('repository/unreachable')
    const expected = Array.from({ length: time - 1000 }, (_, i) => 1000 + i)
    expect(await timesOf(direct)).toEqual(expected)
  }
  expect(new Set(outcomes).size).toBe(2) // some were cut, some were not
  const tree = sampleTree(1)
  const { ref } = await backup(direct, time, tree)
  const reader = await direct.read(ref, signal)
  const restored = await describeTree(reader.walk('root', { contents: true }, signal))
  await reader.close()
  expect(restored).toEqual(await describeTree(tree.entries()))
  await expectWhole(server)
})

test('row 33: a restore over a line that is cut again and again comes through', async () => {
  const server = await openServer()
  const proxy = await startCuttingProxy(server.port)
  onTestFinished(() => proxy.close())
  const tree = sampleTree()
  const repository = await open(server, { port: proxy.port })
  const { ref } = await backup(repository, 1000, tree)
  const reader = await repository.read(ref, signal)
  let cuts = 0
  const line: string[] = []
  for await (const entry of reader.walk('root', { contents: false }, signal)) {
    if (entry.kind !== 'file') continue
    line.push(new TextDecoder().decode(entry.name))
    proxy.cutNow()
    cuts++
  }
  expect(line).toHaveLength(21)
  proxy.cutAfterReceived(1_000_000)
  const content = await Array.fromAsync(reader.content('root', [bytes('big')], { offset: 0n }, signal))
  expect(Buffer.concat(content).equals(noise('big', 3_000_000))).toBe(true)
  expect(cuts).toBeGreaterThan(0)
  await reader.close()
})

test('a server that vanishes in the midst ends the backup, and nothing is left of it', async () => {
  const server = await openServer()
  const proxy = await startCuttingProxy(server.port)
  onTestFinished(() => proxy.close())
  const connection = { environment: {}, retryDelaysMs: [], idleTimeoutMs: 5000 }
  const repository = await open(server, { port: proxy.port, connection })
  const writer = await repository.write(group, { time: 1000, mode: 'data', compress: false, cryptMode: 'none' }, signal)
  const tree = sampleTree()
  const frozen: WriteObserver = { ...nothing, entryDone: () => proxy.freeze() }
  const adding = writer.addTree('root', tree.entries(), { excludePatterns: [] }, frozen).then(() => writer.commit())
  await expect(adding).rejects.toMatchObject({ code: 'repository/unreachable' })
  await writer.discard()
  proxy.cutNow()
  await server.settled()
  expect(await timesOf(await open(server))).toEqual([])
})

test('row 1: a changed certificate stops everything that is begun', async () => {
  const server = await openServer()
  const repository = await open(server)
  const { ref } = await backup(repository, 1000, sampleTree())
  await server.closeServer()
  const impostor = await serveAgain(server)
  const changed = await open(server, { port: impostor.port }).catch((error: unknown) => error)
  expect(changed).toMatchObject({
    code: 'auth/untrusted',
    presented: impostor.fingerprint,
    expected: server.fingerprint,
  })
  const moved = await startCuttingProxy(server.port)
  await moved.close()
  await expect(repository.read(ref, signal)).rejects.toMatchObject({ code: 'repository/unreachable' })
})

test('a wrong password opens nothing', async () => {
  const server = await openServer()
  const credentials = { secret: 'wrong', fingerprint: server.fingerprint }
  await expect(open(server, { credentials })).rejects.toMatchObject({ code: 'auth/denied' })
})

test('row 39: a snapshot cannot be read without its key, nor with another', async () => {
  const server = await openServer()
  const repository = await open(server)
  const { ref } = await backup(repository, 1000, sampleTree())
  const without = await open(server, { keys: [] })
  await expect(without.read(ref, signal)).rejects.toMatchObject({ code: 'key/missing' })
  const other = await open(server, { keys: [new CryptConfig(new Uint8Array(32).fill(8))] })
  await expect(other.read(ref, signal)).rejects.toMatchObject({ code: 'key/wrong' })
  // A backup with that other key builds on nothing of the first.
  const { archives } = await backup(other, 1001, sampleTree())
  expect(archives).toHaveLength(2)
})

test('a chunk that was fetched is not fetched again, and only what is read is fetched', async () => {
  const server = await openServer()
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-pbs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const proxy = await startCuttingProxy(server.port)
  onTestFinished(() => proxy.close())
  const tree = new SampleTree()
  for (let i = 0; i < 8; i++) tree.set(`${i}`, { content: noise(`${i}`, 6_000_000) })
  const { ref } = await backup(await open(server), 1000, tree)
  const readPart = async (count: number) => {
    const repository = await open(server, { port: proxy.port, cache: { folder } })
    const reader = await repository.read(ref, signal)
    const range = { offset: 3_000_000n, length: 1000n }
    const parts = await Array.fromAsync(reader.content('root', [bytes('5')], range, signal))
    expect(Buffer.concat(parts).equals(noise('5', 6_000_000).subarray(3_000_000, 3_001_000))).toBe(true)
    await reader.close()
    const received = proxy.received - count
    return received
  }
  const first = await readPart(0)
  expect(first).toBeGreaterThan(100_000)
  expect(first).toBeLessThan(24_000_000)
  expect(await readPart(first)).toBeLessThan(100_000)
})

/** The store of a server that was closed, served by another with a certificate of its own. */
async function serveAgain({ store }: TestServer) {
  const clock = testClock()
  const access = accessConfig.parse({
    users: [await testUser('root@pam')],
    tokens: [await testToken(ROOT_TOKEN)],
    acl: [{ path: '/', authId: ROOT_TOKEN, role: 'Admin' }],
  })
  const tls = await createSelfSignedCertificate({ hosts: ['localhost'], now: 0 })
  const server = createPbsServer({ datastores: [{ name: 'tank', store }], access: () => access, tls, clock })
  onTestFinished(() => server.close())
  return { ...(await server.listen({ host: '127.0.0.1', port: 0 })), fingerprint: tls.fingerprint }
}

async function expectWhole({ store }: TestServer): Promise<void> {
  const observer = { total() {}, archive() {}, checked() {}, problem() {}, snapshotDone() {} }
  const opener = { open: async () => undefined }
  const report = await verifyDatastore(
    store,
    {
      taskId: 'UPID:keep:00000001:00000001:00000001:00000001:verify:tank:root@pam:',
      openerFor: () => opener,
      concurrency: 2,
      observer,
    },
    signal,
  )
  expect(report.corrupt).toEqual([])
  expect(report.snapshots.every(({ state }) => state === 'ok')).toBe(true)
  expect((await collectGarbage(store, { now: () => Date.now() }, signal)).missingChunks).toBe(0)
}
