import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openServer } from '../engines/pbs/server/testing/open-server.fixture.ts'
import { ROOT_TOKEN, SECRET, testToken, testUser } from '../engines/pbs/server/testing/server.fixture.ts'
import { createSmallStore } from '../storage/datastore/testing/sample-store.ts'
import { createDatastoreRepository } from './datastore/datastore-repository.ts'
import { openPbsRepository } from './pbs/pbs-repository.ts'
import type { GroupKeeping, Repository, WriteObserver } from './repository.ts'
import { bytes, SampleTree } from './sample-tree.fixture.ts'

const { signal } = new AbortController()
const quiet: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const elsa = { namespace: '', type: 'host', backupId: 'elsa' } as const

async function openLocal(): Promise<Repository> {
  const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-groups-'))
  const store = await createSmallStore(path.join(folder, 'store'))
  const repository = createDatastoreRepository(store, { keys: [], threads: 0, now: Date.now })
  onTestFinished(async () => {
    await repository.close()
    await rm(folder, { recursive: true })
  })
  return repository
}

async function openServed(account = ROOT_TOKEN): Promise<Repository> {
  const server = await openServer({
    access: {
      users: [await testUser('anna@pbs')],
      tokens: [await testToken('anna@pbs!desk')],
      acl: ['anna@pbs', 'anna@pbs!desk'].map((authId) => ({
        path: '/datastore/tank',
        authId,
        role: 'DatastoreBackup' as const,
      })),
    },
  })
  const repository = await openPbsRepository(`${account}@127.0.0.1:${server.port}:tank`, {
    keys: [],
    threads: 0,
    now: () => server.clock.now(),
    credentials: { secret: SECRET, fingerprint: server.fingerprint },
  })
  onTestFinished(() => repository.close())
  return repository
}

async function backUp(repository: Repository, namespace: string): Promise<void> {
  const tree = new SampleTree()
  tree.set('a', { content: bytes('a') })
  const wish = { time: 1_700_000_000, mode: 'data', compress: true, cryptMode: 'none' } as const
  const writer = await repository.write({ ...elsa, namespace }, wish, signal)
  await writer.addTree('root', tree.entries(), { excludePatterns: [] }, quiet)
  await writer.commit()
}

function keepingOf({ maintenance, capabilities }: Repository): GroupKeeping {
  expect(capabilities).toContain('groups')
  if (maintenance.groups === undefined) throw new Error('it keeps no groups')
  return maintenance.groups
}

describe.each([
  ['a local datastore', () => openLocal()],
  ['a Proxmox Backup Server', () => openServed()],
])('%s', (_, open) => {
  test('groups are listed with owner and note, which can be changed', async () => {
    const repository = await open()
    const keeping = keepingOf(repository)
    await keeping.createNamespace('team')
    for (const namespace of ['', 'team']) await backUp(repository, namespace)
    const listed = await Array.fromAsync(keeping.list(signal))
    expect(listed).toMatchObject([
      { ...elsa, notes: '' },
      { ...elsa, namespace: 'team', notes: '' },
    ])
    expect(listed[0]?.owner).toMatch(/^root@pam/)
    await keeping.setNotes(elsa, 'first line\nsecond line')
    await keeping.setOwner({ ...elsa, namespace: 'team' }, 'anna@pbs')
    expect(await Array.fromAsync(keeping.list(signal))).toMatchObject([
      { notes: 'first line\nsecond line' },
      { owner: 'anna@pbs' },
    ])
    const nobody = { ...elsa, backupId: 'nobody' }
    await expect(keeping.setOwner(nobody, 'anna@pbs')).rejects.toMatchObject({ name: 'HoldfastError' })
    await expect(keeping.setNotes(nobody, 'x')).rejects.toMatchObject({ name: 'HoldfastError' })
  })

  test('namespaces are made one below the other, and go when they are empty', async () => {
    const repository = await open()
    const keeping = keepingOf(repository)
    await expect(keeping.createNamespace('a/b')).rejects.toMatchObject({ name: 'HoldfastError' })
    for (const namespace of ['a', 'a/b']) await keeping.createNamespace(namespace)
    expect(await keeping.namespaces(signal)).toEqual(['', 'a', 'a/b'])
    await backUp(repository, 'a/b')
    await expect(keeping.removeNamespace('a/b')).rejects.toMatchObject({ name: 'HoldfastError' })
    await repository.maintenance.forget?.({ ...elsa, namespace: 'a/b', time: 1_700_000_000 })
    for (const namespace of ['a/b', 'a']) await keeping.removeNamespace(namespace)
    expect(await keeping.namespaces(signal)).toEqual([''])
  })
})

test('what an account may not do is refused in the words of the server', async () => {
  const repository = await openServed('anna@pbs!desk')
  const keeping = keepingOf(repository)
  await backUp(repository, '')
  await expect(keeping.setOwner(elsa, ROOT_TOKEN)).rejects.toMatchObject({ code: 'auth/denied' })
  await expect(keeping.createNamespace('mine')).rejects.toMatchObject({ code: 'auth/denied' })
  expect(await Array.fromAsync(keeping.list(signal))).toMatchObject([{ owner: 'anna@pbs!desk' }])
})
