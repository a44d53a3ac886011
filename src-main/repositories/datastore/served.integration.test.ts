import { rename } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { retention } from '../../../src-shared/model/retention.ts'
import { goldenArchive, goldenMetadata, goldenPayload } from '../../archive/pxar/golden.fixture.ts'
import { finish, uploadDynamic } from '../../engines/pbs/server/testing/backup-steps.fixture.ts'
import { openServer } from '../../engines/pbs/server/testing/open-server.fixture.ts'
import { dataOf, makeChunk } from '../../engines/pbs/server/testing/raw-client.fixture.ts'
import { T0 } from '../../engines/pbs/server/testing/server.fixture.ts'
import type { Repository, WriteObserver } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'
import { createDatastoreRepository, openDatastoreRepository } from './datastore-repository.ts'

/** One folder, two programs: what the PBS server writes the local repository takes over, and the other way about. */

const { signal } = new AbortController()
const ref = (time: number) => ({ namespace: '', type: 'host', backupId: 'elsa', time }) as const
const options = { keys: [], threads: 0, now: () => (T0 + 1000) * 1000 }

const deaf: WriteObserver = {
  entry: () => undefined,
  entryDone: () => undefined,
  entryFailed: () => undefined,
  bytes: () => undefined,
  chunk: () => undefined,
}

async function treeOf(repository: Repository, time: number): Promise<readonly string[]> {
  const reader = await repository.read(ref(time), signal)
  try {
    return await describeTree(reader.walk('root', { contents: true }, signal))
  } finally {
    await reader.close()
  }
}

test('a datastore that the server wrote, moved under a new root, is adopted, read and verified', async () => {
  const server = await openServer()
  const cut = (data: Uint8Array) => [makeChunk(data.subarray(0, 60)), makeChunk(data.subarray(60))]
  const unified = await server.backup()
  await finish(unified, [await uploadDynamic(unified, 'root.pxar.didx', cut(goldenArchive))])
  await server.settled()
  const split = await server.backup({ 'backup-time': T0 + 1 })
  await finish(
    split,
    [
      await uploadDynamic(split, 'root.ppxar.didx', cut(goldenPayload)),
      await uploadDynamic(split, 'root.mpxar.didx', cut(goldenMetadata)),
    ],
    { time: T0 + 1 },
  )
  await server.settled()
  await server.closeServer()

  const moved = `${server.store.path}-moved`
  await rename(server.store.path, moved)
  const repository = await openDatastoreRepository(moved, options)
  try {
    const found = await Array.fromAsync(repository.snapshots(signal))
    expect(found.map(({ ref: { time }, problem }) => [time, problem]).sort()).toEqual([
      [T0, undefined],
      [T0 + 1, undefined],
    ])
    const unifiedTree = await treeOf(repository, T0)
    expect(unifiedTree.length).toBeGreaterThan(4)
    expect(await treeOf(repository, T0 + 1)).toEqual(unifiedTree)
    const seen: unknown[] = []
    const result = await repository.maintenance.verify?.(
      {},
      {
        total: () => undefined,
        checked: () => undefined,
        snapshotDone: (_ref, isOk) => void seen.push(isOk),
        corrupt: (what) => void seen.push(what),
      },
      signal,
    )
    expect([result?.snapshots, result?.corrupt, seen]).toEqual([2, [], [true, true]])

    // And goes on there: the next backup builds on what the server's clients left, the rules prune it.
    const tree = new SampleTree()
    tree.set('a', { content: bytes('new') })
    const writer = await repository.write(
      { namespace: '', type: 'host', backupId: 'elsa' },
      { time: T0 + 2, mode: 'metadata', compress: true, cryptMode: 'none' },
      signal,
    )
    await writer.addTree('root', tree.entries(), { excludePatterns: [] }, deaf)
    await writer.commit()
    const kept = await repository.maintenance.prune?.(
      { namespace: '', type: 'host', backupId: 'elsa' },
      retention.parse({ last: 1 }),
      { dryRun: false },
      signal,
    )
    expect(kept).toHaveLength(3)
    expect(await treeOf(repository, T0 + 2)).toEqual(await describeTree(tree.entries()))
  } finally {
    await repository.close()
    await rename(moved, server.store.path)
  }
})

test('a datastore that the local repository writes is served as it is, while it goes on writing', async () => {
  const server = await openServer()
  const repository = createDatastoreRepository(server.store, { ...options, owner: 'root@pam!test' })
  const tree = new SampleTree()
  tree.set('readme.txt', { content: bytes('hello') })
  tree.set('folder/data', { content: noise('data', 300_000) })
  try {
    for (const [time, mode] of [
      [T0, 'legacy'],
      [T0 + 1, 'metadata'],
    ] as const) {
      const writer = await repository.write(
        { namespace: '', type: 'host', backupId: 'elsa' },
        { time, mode, compress: true, cryptMode: 'none' },
        signal,
      )
      await writer.addTree('root', tree.entries(), { excludePatterns: [] }, deaf)
      await writer.commit()
    }
    const snapshots = (await server.data('admin/datastore/tank/snapshots')) as { files: { filename: string }[] }[]
    expect(snapshots.map(({ files }) => files.map(({ filename }) => filename))).toEqual([
      ['root.pxar.didx', 'catalog.pcat1.didx', 'index.json.blob'],
      ['root.ppxar.didx', 'root.mpxar.didx', 'index.json.blob'],
    ])
    const snapshot = (time: number) => `backup-type=host&backup-id=elsa&backup-time=${time}`
    const path = (text: string) => encodeURIComponent(Buffer.from(text).toString('base64'))
    for (const time of [T0, T0 + 1]) {
      const where = `pxar-file-download?${snapshot(time)}&filepath=${path('root.pxar.didx/folder/data')}`
      const file = await server.call(`admin/datastore/tank/${where}`)
      expect([file.status, file.bytes.equals(noise('data', 300_000))]).toEqual([200, true])
    }
    const catalog = await server.data(`admin/datastore/tank/catalog?${snapshot(T0)}&filepath=${path('root.pxar.didx')}`)
    expect((catalog as { text: string }[]).map(({ text }) => text)).toEqual(['folder', 'readme.txt'])

    const reader = await server.reader({ 'backup-time': T0 + 1 })
    const index = (await reader.get('/download?file-name=root.ppxar.didx')).bytes
    for (let at = 4096; at < index.length; at += 40) {
      const digest = index.subarray(at + 8, at + 40).toString('hex')
      expect((await reader.get(`/chunk?digest=${digest}`)).status).toBe(200)
    }
    await reader.drop()

    // A client's backup of the same group goes on from what the repository wrote, and the group is locked for both.
    const connection = await server.backup({ 'backup-time': T0 + 2 })
    expect(dataOf(await connection.get('/previous_backup_time'))).toBe(T0 + 1)
    expect((await connection.get('/previous?archive-name=root.ppxar.didx')).bytes.equals(index)).toBe(true)
    const blocked = repository.write(
      { namespace: '', type: 'host', backupId: 'elsa' },
      { time: T0 + 3, mode: 'data', compress: true, cryptMode: 'none' },
      signal,
    )
    await expect(blocked).rejects.toMatchObject({ code: 'repository/locked' })
    await connection.drop()
    await server.settled()
    const upid = String(await server.data('admin/datastore/tank/verify', { method: 'POST' }))
    await server.settled()
    expect(await server.data(`nodes/localhost/tasks/${encodeURIComponent(upid)}/status`)).toMatchObject({
      exitstatus: 'OK',
    })
  } finally {
    await repository.close()
  }
})
