import { writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { goldenArchive, goldenMetadata, goldenPayload } from '../../../archive/pxar/golden.fixture.ts'
import { encodeBlob } from '../../../storage/blob.ts'
import { chunkPath, formatSnapshotRef } from '../../../storage/datastore/layout.ts'
import { finish, uploadBlob, uploadDynamic } from '../server/testing/backup-steps.fixture.ts'
import { openServer } from '../server/testing/open-server.fixture.ts'
import { makeBlob, makeChunk } from '../server/testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, type TestServer, testToken, testUser } from '../server/testing/server.fixture.ts'
import { downloadFromArchive, listCatalog } from './management/archive-files.ts'
import {
  allUsages,
  createNamespace,
  datastoreUsage,
  deleteNamespace,
  listDatastores,
  listNamespaces,
  moveNamespace,
} from './management/datastores.ts'
import { changeOwner, deleteGroup, groupNotes, listGroups, moveGroup, setGroupNotes } from './management/groups.ts'
import {
  garbageCollectionStatus,
  previewPrune,
  startGarbageCollection,
  startPrune,
  startVerify,
} from './management/maintenance.ts'
import {
  downloadDecoded,
  downloadFile,
  forgetSnapshot,
  isProtected,
  listFiles,
  listSnapshots,
  refOf,
  setProtected,
  setSnapshotNotes,
  snapshotNotes,
  uploadLog,
} from './management/snapshots.ts'
import { followTaskLog, listTasks, readTaskState, requireSuccess, stopTask, waitForTask } from './management/tasks.ts'
import { openClient, signal } from './testing/open-client.fixture.ts'

const store = 'tank'
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const ref = (time = T0, namespace = '') => ({ ...group, namespace, time })
const place = (time?: number, namespace?: string) => ({ store, ref: ref(time, namespace) })
const inAll = { store, namespace: '' }

/** Small chunks, so that reads cross some. */
function cut(bytes: Uint8Array) {
  const chunks = []
  for (let at = 0; at < bytes.length; at += 50) chunks.push(makeChunk(bytes.subarray(at, at + 50)))
  return chunks
}

async function backup(server: TestServer, time = T0, query: Readonly<Record<string, string>> = {}, as?: string) {
  const connection = await server.backup({ 'backup-time': time, ...query }, as)
  const files = [
    await uploadDynamic(connection, 'root.ppxar.didx', cut(goldenPayload)),
    await uploadDynamic(connection, 'root.mpxar.didx', cut(goldenMetadata)),
    await uploadDynamic(connection, 'old.pxar.didx', cut(goldenArchive)),
    await uploadBlob(connection, 'notes.conf.blob', makeBlob(Buffer.from('hello'))),
  ]
  await finish(connection, files, { time })
  await server.settled()
}

test('row 59: datastores and how full they are', async () => {
  const server = await openServer()
  const client = openClient(server)
  expect(await listDatastores(client, signal)).toMatchObject([{ store }])
  const usage = await datastoreUsage(client, store, signal)
  expect(usage.total).toBeGreaterThan(usage.used)
  expect(await allUsages(client, signal)).toMatchObject([{ store, total: usage.total }])
  await expect(datastoreUsage(client, 'none', signal)).rejects.toMatchObject({ code: 'repository/unknown' })
})

test('row 60: namespaces of every depth, made, used and removed', async () => {
  const server = await openServer()
  const client = openClient(server)
  const deep = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  for (let depth = 1; depth <= 7; depth++) {
    await createNamespace(client, { store, namespace: deep.slice(0, depth).join('/') }, signal)
  }
  const namespace = deep.join('/')
  expect(await listNamespaces(client, { store, parent: 'a/b/c/d/e/f' }, signal)).toEqual(['a/b/c/d/e/f', namespace])
  await backup(server, T0, { ns: namespace })
  expect(await listGroups(client, { store, namespace }, signal)).toMatchObject([
    { 'backup-id': 'elsa', 'backup-count': 1 },
  ])
  const [item] = await listSnapshots(client, { store, namespace }, signal)
  expect(item && refOf(item, namespace)).toEqual(ref(T0, namespace))
  expect(await listSnapshots(client, inAll, signal)).toEqual([])
  await setSnapshotNotes(client, { ...place(T0, namespace), notes: 'deep' }, signal)
  expect(await snapshotNotes(client, place(T0, namespace), signal)).toBe('deep')
  await expect(deleteNamespace(client, { store, namespace, deleteGroups: false }, signal)).rejects.toMatchObject({
    status: 400,
  })
  await deleteNamespace(client, { store, namespace: 'a', deleteGroups: true }, signal)
  expect(await listNamespaces(client, { store }, signal)).toEqual([''])
  await expect(listGroups(client, { store, namespace }, signal)).rejects.toMatchObject({ code: 'path/not-found' })
})

test('groups and namespaces are moved', async () => {
  const server = await openServer()
  const client = openClient(server)
  for (const namespace of ['old', 'new']) await createNamespace(client, { store, namespace }, signal)
  await backup(server)
  requireSuccess(
    await waitForTask(client, await moveGroup(client, { store, group, target: 'old' }, signal), { signal }),
  )
  const moved = await moveNamespace(client, { store, namespace: 'old', target: 'new/er' }, signal)
  requireSuccess(await waitForTask(client, moved, { signal }))
  expect(await listNamespaces(client, { store }, signal)).toEqual(['', 'new', 'new/er'])
  expect(await listGroups(client, { store, namespace: 'new/er' }, signal)).toMatchObject([{ 'backup-count': 1 }])
})

test('row 61, row 62: groups and snapshots with their files, notes, protection and owner', async () => {
  const server = await openServer({ access: { users: [await testUser('anna@pbs')] } })
  const client = openClient(server)
  for (const time of [T0, T0 + 1, T0 + 2]) await backup(server, time)
  expect(await listGroups(client, inAll, signal)).toMatchObject([
    { 'last-backup': T0 + 2, 'backup-count': 3, owner: ROOT_TOKEN },
  ])
  const items = await listSnapshots(client, { ...inAll, type: 'host', backupId: 'elsa' }, signal)
  expect(items.map((item) => item['backup-time']).sort()).toEqual([T0, T0 + 1, T0 + 2])
  const files = await listFiles(client, place(), signal)
  expect(files.map(({ filename }) => filename)).toEqual([
    'root.ppxar.didx',
    'root.mpxar.didx',
    'old.pxar.didx',
    'notes.conf.blob',
    'index.json.blob',
  ])
  expect(files[0]).toEqual({ filename: 'root.ppxar.didx', 'crypt-mode': 'none', size: BigInt(goldenPayload.length) })

  const notes = `first line\n${'ä'.repeat(5000)}`
  await setSnapshotNotes(client, { ...place(), notes }, signal)
  expect(await snapshotNotes(client, place(), signal)).toBe(notes)
  await setGroupNotes(client, { store, group, notes: 'of the group' }, signal)
  expect(await groupNotes(client, { store, group }, signal)).toBe('of the group')
  await changeOwner(client, { store, group, owner: 'anna@pbs' }, signal)
  expect(await listGroups(client, inAll, signal)).toMatchObject([{ owner: 'anna@pbs' }])

  await setProtected(client, { ...place(), isProtected: true }, signal)
  expect(await isProtected(client, place(), signal)).toBe(true)
  await expect(forgetSnapshot(client, place(), signal)).rejects.toMatchObject({ code: 'snapshot/protected' })
  await forgetSnapshot(client, place(T0 + 1), signal)
  await expect(forgetSnapshot(client, place(T0 + 1), signal)).rejects.toMatchObject({ code: 'snapshot/unknown' })
  expect(await deleteGroup(client, { store, group }, signal)).toEqual({ removed: 1, protected: 1 })
  await setProtected(client, { ...place(), isProtected: false }, signal)
  expect(await deleteGroup(client, { store, group }, signal)).toEqual({ removed: 1, protected: 0 })
})

test('a token that meets a group of somebody else is told what to do', async () => {
  const server = await openServer({
    access: {
      tokens: [await testToken('root@pam!other')],
      acl: [{ path: '/', authId: 'root@pam!other', role: 'DatastoreBackup' }],
    },
  })
  await backup(server)
  const upgrading = openClient(server, { authId: 'root@pam!other' }).upgrade(
    'backup',
    { store, 'backup-type': 'host', 'backup-id': 'elsa', 'backup-time': T0 + 1 },
    signal,
  )
  await expect(upgrading).rejects.toMatchObject({
    code: 'auth/denied',
    hint: expect.stringContaining('change its owner'),
  })
})

test('row 64, row 65: listings and files out of archives, on the server', async () => {
  const server = await openServer()
  const client = openClient(server)
  await backup(server)
  const listed = await listCatalog(client, { ...place(), archive: 'root.mpxar.didx', path: Buffer.from('/') }, signal)
  expect(listed.map(({ text, type }) => `${type} ${text}`).sort()).toEqual(['d d', 'f a.txt', 'h c', 'l b'])
  const deep = await listCatalog(client, { ...place(), archive: 'old.pxar.didx', path: Buffer.from('d') }, signal)
  expect(deep).toMatchObject([{ text: 'e', type: 'f', leaf: true, size: 0n }])
  const read = async (path: string, asTar?: boolean) => {
    const where = { ...place(), path: Buffer.from(path), ...(asTar === undefined ? {} : { asTar }) }
    return Buffer.concat(await Array.fromAsync(downloadFromArchive(client, where, signal)))
  }
  expect((await read('root.pxar.didx/a.txt')).toString()).toBe('hello')
  expect((await read('old.pxar.didx/c')).toString()).toBe('hello')
  expect((await read('old.pxar.didx/d')).subarray(0, 2).toString()).toBe('PK')
  expect((await read('old.pxar.didx/d', true)).readUInt32LE(0)).toBe(0xfd2fb528)
  await expect(read('old.pxar.didx/none')).rejects.toMatchObject({ code: 'repository/refused' })
})

test('row 66, row 67: stored files, decoded ones, and the log that comes after', async () => {
  const server = await openServer()
  const client = openClient(server)
  await backup(server)
  const blob = makeBlob(Buffer.from('hello'))
  expect((await downloadFile(client, { ...place(), filename: 'notes.conf.blob' }, signal)).equals(blob)).toBe(true)
  const decoded = downloadDecoded(client, { ...place(), filename: 'old.pxar.didx' }, signal)
  expect(Buffer.concat(await Array.fromAsync(decoded)).equals(goldenArchive)).toBe(true)
  const log = encodeBlob(Buffer.from('all went well'), { compress: true })
  await uploadLog(client, { ...place(), blob: log }, signal)
  expect((await downloadFile(client, { ...place(), filename: 'client.log.blob' }, signal)).equals(log)).toBe(true)
  const again = uploadLog(client, { ...place(), blob: log }, signal)
  await expect(again).rejects.toMatchObject({ text: expect.stringContaining('already contains a log') })
})

test('row 68: prune shows what it would do before it does it', async () => {
  const server = await openServer()
  const client = openClient(server)
  for (const time of [T0, T0 + 1, T0 + 2]) await backup(server, time)
  const request = { store, group, retention: { last: 1 } }
  const decided = await previewPrune(client, request, signal)
  expect(decided.map(({ keep }) => keep)).toEqual([false, false, true])
  expect(await listSnapshots(client, inAll, signal)).toHaveLength(3)
  const lines: string[] = []
  const prune = async (wanted: typeof request) => {
    const task = await startPrune(client, wanted, signal)
    return await waitForTask(client, String(task), { onLine: (line) => lines.push(line.slice(22)), signal })
  }
  expect(await prune(request)).toBe('OK')
  expect(lines).toEqual([
    'prune group "host/elsa"',
    ...[T0, T0 + 1].map((time) => expect.stringContaining(`remove ${formatSnapshotRef({ ...group, time })}`)),
    expect.stringContaining('keep host/elsa/'),
    'TASK OK',
  ])
  expect(await listSnapshots(client, inAll, signal)).toHaveLength(1)
  expect(await prune({ ...request, retention: {} as { last: number } })).toBe('OK')
  expect(await listSnapshots(client, inAll, signal)).toHaveLength(1)
})

test('row 69, row 70, row 72: tasks are followed to their end, line by line', async () => {
  const server = await openServer()
  const client = openClient(server)
  await backup(server)
  const collection = await startGarbageCollection(client, store, signal)
  const lines: string[] = []
  expect(await waitForTask(client, collection, { onLine: (line) => lines.push(line), signal })).toBe('OK')
  expect(lines.at(-1)).toMatch(/TASK OK$/)
  expect((await garbageCollectionStatus(client, store, signal))['disk-chunks']).toBeGreaterThan(0)

  const [chunk] = cut(goldenPayload)
  await writeFile(chunkPath(server.store.path, chunk?.digest as Parameters<typeof chunkPath>[1]), 'broken')
  const verification = await startVerify(client, { store, namespace: '' }, signal)
  const log = await Array.fromAsync(followTaskLog(client, verification, signal))
  expect(log.join('\n')).toContain('root.ppxar.didx failed')
  const { exitstatus } = await readTaskState(client, verification, signal)
  expect(exitstatus).toContain('verification failed')
  expect(() => requireSuccess(exitstatus ?? '')).toThrowError(expect.objectContaining({ code: 'repository/refused' }))
  const tasks = await listTasks(client, { store, limit: 10 }, signal)
  expect(tasks.map(({ worker_type }) => worker_type)).toEqual(['verify', 'garbage_collection', 'backup'])
  expect(await listTasks(client, { running: true }, signal)).toEqual([])
})

test('row 72: a log of more than 500 lines is read whole, while it grows', async () => {
  const server = await openServer()
  const client = openClient(server)
  const connection = await server.backup()
  onTestFinished(() => connection.drop())
  const [task] = await listTasks(client, { running: true }, signal)
  const read: string[] = []
  const reading = (async () => {
    for await (const line of followTaskLog(client, task?.upid ?? '', signal)) read.push(line)
  })()
  const blob = makeBlob(Buffer.from('x'))
  for (let i = 0; i < 600; i++) await uploadBlob(connection, `b${i}.blob`, blob)
  await connection.drop()
  await reading
  expect(read.filter((line) => line.includes('add blob'))).toHaveLength(600)
})

test('row 72: a task that is no longer wanted is stopped', async () => {
  const server = await openServer()
  const client = openClient(server)
  const connection = await server.backup()
  const [task] = await listTasks(client, { running: true }, signal)
  const upid = task?.upid ?? ''
  const abort = new AbortController()
  const reason = new Error('enough')
  const waiting = waitForTask(client, upid, { onLine: () => abort.abort(reason), signal: abort.signal })
  await expect(waiting).rejects.toBe(reason)
  await server.settled()
  expect((await readTaskState(client, upid, signal)).exitstatus).toContain('aborted')
  await stopTask(client, upid, signal)
  await connection.drop()
})
