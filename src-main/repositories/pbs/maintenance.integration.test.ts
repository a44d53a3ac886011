import { writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { openServer } from '../../engines/pbs/server/testing/open-server.fixture.ts'
import { ROOT_TOKEN, SECRET, type TestServer } from '../../engines/pbs/server/testing/server.fixture.ts'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { chunkPath } from '../../storage/datastore/layout.ts'
import type { Repository, StoredSnapshot, VerifyObserver, WriteObserver } from '../repository.ts'
import { noise, SampleTree } from '../sample-tree.fixture.ts'
import { openPbsRepository } from './pbs-repository.ts'
import { probePbsServer } from './probe-pbs-server.ts'

const { signal } = new AbortController()
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const key = new CryptConfig(new Uint8Array(32).fill(7))
const nothing: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }

async function open(server: TestServer, query = ''): Promise<Repository> {
  const repository = await openPbsRepository(`pbs://${ROOT_TOKEN}@127.0.0.1:${server.port}/tank${query}`, {
    keys: [key],
    threads: 0,
    now: () => server.clock.now(),
    credentials: { secret: SECRET, fingerprint: server.fingerprint },
  })
  onTestFinished(() => repository.close())
  return repository
}

async function backup(repository: Repository, time: number, files: Readonly<Record<string, string>>) {
  const tree = new SampleTree()
  for (const [path, seed] of Object.entries(files)) tree.set(path, { content: noise(seed, 50_000) })
  const writer = await repository.write(group, { time, mode: 'data', compress: true, cryptMode: 'encrypt' }, signal)
  await writer.addTree('root', tree.entries(), { excludePatterns: [] }, nothing)
  return await writer.commit()
}

const jsonAsRoot = {
  authorization: `PBSAPIToken ${ROOT_TOKEN}:${encodeURIComponent(SECRET)}`,
  'content-type': 'application/json',
}

class Heard implements VerifyObserver {
  readonly totals: number[] = []
  readonly done: string[] = []
  readonly corruption: unknown[] = []
  bytes = 0
  total(snapshots: number): void {
    this.totals.push(snapshots)
  }
  checked(bytes: number): void {
    this.bytes += bytes
  }
  snapshotDone({ time }: StoredSnapshot['ref'], isOk: boolean): void {
    this.done.push(`${time} ${isOk}`)
  }
  corrupt(what: unknown): void {
    this.corruption.push(what)
  }
  readonly lines: string[] = []
  said(line: string): void {
    this.lines.push(line)
  }
}

test('row 70, row 71: verify tells damage, marks snapshots, and the next backup repairs it', async () => {
  const server = await openServer()
  const repository = await open(server)
  const stored = await backup(repository, 1000, { a: 'a', b: 'b' })
  await backup(repository, 1001, { a: 'other', b: 'more' })
  const { verify } = repository.maintenance
  const good = new Heard()
  expect(await verify?.({}, good, signal)).toMatchObject({ snapshots: 2, chunks: 3, corrupt: [], affected: [] })
  expect(good).toMatchObject({ totals: [2], done: expect.arrayContaining(['1000 true', '1001 true']), corruption: [] })
  expect(good.bytes).toBeGreaterThan(200_000)

  const payload = await server.reader({ 'backup-time': 1000 })
  const index = await payload.get('/download?file-name=root.ppxar.didx')
  await payload.drop()
  const digest = index.bytes.subarray(4096 + 8, 4096 + 40).toString('hex') as Digest // of the first entry
  await writeFile(chunkPath(server.store.path, digest), 'broken')
  const bad = new Heard()
  const found = await verify?.({ snapshots: [stored.ref] }, bad, signal)
  // The log of the server names the block, also that of the first run, which finds it broken.
  expect(found?.corrupt).toEqual([digest])
  expect(bad.lines.filter((line) => line.includes(digest))).toHaveLength(1)
  expect(bad.lines.at(-1)).toContain('TASK ERROR: verification failed')
  expect(found?.affected).toEqual([{ ref: stored.ref, files: ['root/a', 'root/b'] }])
  expect(bad).toMatchObject({ totals: [1], done: ['1000 false'], corruption: [{ digest }] })
  const listed = await Array.fromAsync(repository.snapshots(signal))
  expect(listed.find(({ ref }) => ref.time === 1000)?.verify?.state).toBe('failed')

  // All at once, in one task: now the chunk is missing, and the server names it.
  const all = await verify?.({}, new Heard(), signal)
  expect(all).toMatchObject({ snapshots: 2, corrupt: [digest], affected: found?.affected })

  await backup(repository, 1002, { a: 'a', b: 'b' })
  expect(await verify?.({}, new Heard(), signal)).toMatchObject({ snapshots: 3, corrupt: [], affected: [] })
  const verifications = (await server.data('nodes/localhost/tasks?typefilter=verify')) as readonly unknown[]
  expect(verifications).toHaveLength(4)
})

test('row 68, row 61, row 62: prune with a preview, forget, protection, notes and usage', async () => {
  const server = await openServer()
  const repository = await open(server)
  const { maintenance } = repository
  const refs = []
  for (const time of [1000, 1001, 1002]) refs.push((await backup(repository, time, { a: 'a' })).ref)
  const [first, second] = refs
  if (first === undefined || second === undefined) throw new Error('there are three')
  await maintenance.protect?.(first, true)
  await maintenance.setNotes?.(second, 'kept for Anna')
  const stored = await Array.fromAsync(repository.snapshots(signal))
  const byTime = stored.toSorted((a, b) => a.ref.time - b.ref.time)
  expect(byTime).toMatchObject([
    { protected: true, notes: '', keyFingerprint: key.fingerprint, problem: undefined },
    { protected: false, notes: 'kept for Anna', archives: [{ cryptMode: 'encrypt' }, { cryptMode: 'encrypt' }] },
    { protected: false },
  ])
  await expect(maintenance.forget?.(first)).rejects.toMatchObject({ code: 'snapshot/protected' })
  const preview = await maintenance.prune?.({ namespace: '' }, { last: 1 }, { dryRun: true }, signal)
  expect(preview?.map(({ ref, keep }) => `${ref.time} ${keep}`)).toEqual(['1000 true', '1001 false', '1002 true'])
  expect(await Array.fromAsync(repository.snapshots(signal))).toHaveLength(3)
  // What somebody reads just now stays, and is not said to be gone.
  const reader = await repository.read(second, signal)
  const lines: string[] = []
  const prune = () =>
    maintenance.prune?.(
      { namespace: '', type: 'host' },
      { last: 1 },
      { dryRun: false, said: (line) => lines.push(line) },
      signal,
    )
  expect((await prune())?.map(({ keep }) => keep)).toEqual([true, true, true])
  await reader.close()
  await server.settled()
  expect(await prune()).toEqual(preview)
  expect(lines.filter((line) => line.includes('prune group "host/elsa"'))).toHaveLength(2)
  expect(await Array.fromAsync(repository.snapshots(signal))).toHaveLength(2)
  await maintenance.protect?.(first, false)
  await maintenance.forget?.(first)
  await expect(repository.read(first, signal)).rejects.toMatchObject({ code: 'snapshot/unknown' })
  expect((await maintenance.usage?.(signal))?.totalBytes).toBeGreaterThan(0)
})

test('row 69: garbage collection is followed to its end', async () => {
  const server = await openServer()
  const repository = await open(server)
  await backup(repository, 1000, { a: 'a' })
  const percents: number[] = []
  const lines: string[] = []
  const observer = { progress: (done: number) => percents.push(done), said: (line: string) => lines.push(line) }
  const result = await repository.maintenance.collectGarbage?.(observer, signal)
  expect(result).toMatchObject({ removedChunks: 0, diskChunks: 2 })
  expect(percents.at(-1)).toBe(100)
  expect(lines[0]).toContain('starting garbage collection')
  expect(lines.at(-1)).toContain('TASK OK')
})

test('row 72, row 84: who stops a verification stops the task of the server', async () => {
  const server = await openServer()
  const repository = await open(server)
  await backup(repository, 1000, { a: 'a' })
  const abort = new AbortController()
  const reason = new Error('enough')
  const heard = new Heard()
  heard.total = () => abort.abort(reason)
  await expect(repository.maintenance.verify?.({}, heard, abort.signal)).rejects.toBe(reason)
  await server.settled()
})

test('row 60: the namespace of the address is where names without one belong', async () => {
  const server = await openServer()
  await expect(open(server, '?ns=work')).rejects.toMatchObject({ code: 'path/not-found' })
  for (const name of ['work', 'other']) {
    await server.data('admin/datastore/tank/namespace', {
      method: 'POST',
      body: JSON.stringify({ name }),
      headers: jsonAsRoot,
    })
  }
  const repository = await open(server, '?ns=work')
  const { ref } = await backup(repository, 1000, { a: 'a' })
  expect(ref.namespace).toBe('work')
  const elsewhere = await open(server, '?ns=other')
  expect(await Array.fromAsync(elsewhere.snapshots(signal))).toEqual([])
  const all = await open(server)
  expect((await Array.fromAsync(all.snapshots(signal))).map((stored) => stored.ref)).toEqual([ref])
  const reader = await repository.read({ ...ref, namespace: '' }, signal)
  expect(reader.trees).toEqual(['root'])
  await reader.close()
})

test('a probe shows the fingerprint first, and then what there is', async () => {
  const server = await openServer()
  const address = `${ROOT_TOKEN}@127.0.0.1:${server.port}:tank`
  const probe = (credentials: { secret?: string; fingerprint?: string }) =>
    probePbsServer(address, { credentials, now: Date.now, connection: { environment: {}, retryDelaysMs: [] } }, signal)
  expect(await probe({ secret: SECRET })).toEqual({
    state: 'untrusted',
    presented: server.fingerprint,
    expected: undefined,
  })
  expect(await probe({ secret: SECRET, fingerprint: server.fingerprint })).toMatchObject({
    state: 'open',
    datastores: [{ store: 'tank' }],
    namespaces: [''],
  })
  const wrong = probe({ secret: 'wrong', fingerprint: server.fingerprint })
  await expect(wrong).rejects.toMatchObject({ code: 'auth/denied' })
})
