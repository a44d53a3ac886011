import { randomBytes } from 'node:crypto'
import { access, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { updateManifest } from '../../../storage/datastore/snapshot-dir.ts'
import { encodeManifest, parseManifest } from '../../../storage/manifest.ts'
import {
  finish,
  makeManifest,
  nameDynamic,
  openDynamic,
  uploadBlob,
  uploadDynamic,
} from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Connection, chunkPath, dataOf, makeBlob, makeChunk } from './testing/raw-client.fixture.ts'
import { refusal } from './testing/refusal.fixture.ts'
import { ROOT_TOKEN, T0, type TestServer } from './testing/server.fixture.ts'
import { abc, backUp, hello } from './testing/whole-backup.fixture.ts'

const SNAPSHOT = 'host/elsa/2024-06-04T11:20:00Z'

async function isThere(server: TestServer, ...names: string[]): Promise<boolean> {
  return await access(path.join(server.store.path, ...names)).then(
    () => true,
    () => false,
  )
}

test('row 11: upgrade to HTTP/2 with the settings of PBS and frames of 4 MiB', async () => {
  const server = await openServer()
  const connection = await server.backup()
  expect(connection.session.remoteSettings).toMatchObject({ initialWindowSize: 32 << 20, maxFrameSize: 4 << 20 })
  const chunks = [makeChunk(randomBytes(4 << 20)), makeChunk(Buffer.alloc(3 << 20, 'x'), { compressed: true })]
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', chunks)])
  await server.settled()
  const reader = await server.reader()
  expect((await reader.get('/download?file-name=root.pxar.didx')).bytes.length).toBe(4096 + 80)
  for (const chunk of chunks) {
    expect((await reader.get(`/chunk?digest=${chunk.digest}`)).bytes).toEqual(chunk.blob)
  }
  await reader.drop()
})

test('row 14: a second backup of the group fails while the first runs', async () => {
  const server = await openServer()
  const first = await server.backup()
  await expect(server.backup({ 'backup-time': T0 + 1 })).rejects.toThrow(/^unable to acquire backup group lock/)
  const other = await server.backup({ 'backup-id': 'anna' })
  await other.drop()
  await first.drop()
  await server.settled()
  await (await server.backup({ 'backup-time': T0 + 1 })).drop()
})

test('row 15: the newest finished snapshot is the base, unless its verification failed', async () => {
  const server = await openServer()
  const first = await server.backup()
  expect(dataOf(await first.get('/previous_backup_time'))).toBeNull()
  await first.drop()
  await server.settled()
  await backUp(server, { time: T0, chunks: [hello] })
  await backUp(server, { time: T0 + 10, chunks: [hello, abc] })
  const second = await server.backup({ 'backup-time': T0 + 20 })
  expect(dataOf(await second.get('/previous_backup_time'))).toBe(T0 + 10)
  await second.drop()
  await server.settled()

  const ref = { namespace: '', type: 'host', backupId: 'elsa', time: T0 + 10 } as const
  await updateManifest(server.store, ref, (blob) => {
    const manifest = parseManifest(blob)
    const verify_state = {
      state: 'failed',
      upid: 'UPID:keep:00000001:00000001:00000001:665F0A10:verify:tank:root@pam:',
    } as const
    return encodeManifest({ ...manifest, unprotected: { ...manifest.unprotected, verify_state } })
  })
  const third = await server.backup({ 'backup-time': T0 + 20 })
  expect(dataOf(await third.get('/previous_backup_time'))).toBeNull()
  expect(await refusal(third.get('/previous?archive-name=root.pxar.didx'))).toBe('400 no valid previous backup')
  await third.drop()
})

test('row 16: what a killed connection leaves is removed, and the same backup works again', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  dataOf(await connection.post(chunkPath('dynamic', wid, hello), hello.blob))
  await uploadBlob(connection, 'etc.conf.blob', makeBlob(Buffer.from('x')))
  await uploadBlob(connection, 'index.json.blob', makeManifest([]))
  expect(await isThere(server, SNAPSHOT, 'etc.conf.blob')).toBe(true)
  expect(await isThere(server, SNAPSHOT, 'index.json.blob')).toBe(false) // not before it is finished

  // In the middle of a body.
  const large = makeChunk(randomBytes(1 << 20))
  const half = connection.session.request({ ':method': 'POST', ':path': chunkPath('dynamic', wid, large) })
  half.on('error', () => undefined)
  half.write(large.blob.subarray(0, 500_000))
  await connection.get('/previous_backup_time') // whoever is answered after it knows that the body has begun
  await connection.drop()
  await server.settled()

  expect(await readdir(server.store.path)).not.toContain(path.dirname(SNAPSHOT))
  expect(await isThere(server, 'host/elsa')).toBe(false)
  expect(await isThere(server, `.chunks/${hello.digest.slice(0, 4)}/${hello.digest}`)).toBe(true)
  expect(await isThere(server, `.chunks/${large.digest.slice(0, 4)}/${large.digest}`)).toBe(false)
  await backUp(server, { time: T0, chunks: [hello] })
  expect(await isThere(server, SNAPSHOT, 'index.json.blob')).toBe(true)
})

test('row 17: benchmarks have their own group, and leave no snapshot', async () => {
  const server = await openServer()
  const group = { 'backup-id': 'benchmark' }
  await expect(server.backup(group)).rejects.toThrow('unable to run benchmark without --benchmark flags')
  await expect(server.backup({ benchmark: true })).rejects.toThrow(/only allowed on 'host\/benchmark'/)
  const connection = await server.backup({ ...group, benchmark: true })
  for (let round = 0; round < 4; round++) {
    expect(dataOf(await connection.post('/speedtest', randomBytes(4 << 20)))).toBeNull()
  }
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', [hello])], { id: 'benchmark' })
  await server.settled()
  expect(await isThere(server, 'host/benchmark')).toBe(false)

  await backUp(server, { time: T0, chunks: [hello] })
  const reader = await server.reader()
  expect((await reader.get('/speedtest')).bytes).toEqual(Buffer.alloc(1 << 20, 'A'))
  await reader.drop()
})

test('row 18: both protocols list their calls', async () => {
  const server = await openServer()
  const subdirs = async (connection: Connection) =>
    (dataOf(await connection.get('/')) as { subdir: string }[]).map(({ subdir }) => subdir)
  const backup = await server.backup()
  expect(await subdirs(backup)).toEqual([
    'blob',
    'dynamic_chunk',
    'dynamic_close',
    'dynamic_index',
    'finish',
    'fixed_chunk',
    'fixed_close',
    'fixed_index',
    'previous',
    'previous_backup_time',
    'speedtest',
  ])
  expect(await refusal(backup.get('/download?file-name=index.json.blob'))).toBe("404 Path '/download' not found.")
  await backup.drop()
  await server.settled()
  await backUp(server, { time: T0, chunks: [hello] })
  const reader = await server.reader()
  expect(await subdirs(reader)).toEqual(['chunk', 'download', 'speedtest'])
  expect(await refusal(reader.post('/finish'))).toBe("404 Path '/finish' not found.")
  await reader.drop()
})

test('row 28: the previous index makes its chunks known', async () => {
  const server = await openServer()
  await backUp(server, { time: T0, chunks: [hello, abc] })
  const connection = await server.backup({ 'backup-time': T0 + 1 })
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const put = { wid, 'digest-list': [abc.digest], 'offset-list': [0] }
  expect(await refusal(connection.sendJson('PUT', '/dynamic_index', put))).toBe(`400 no such chunk ${abc.digest}`)
  expect(await refusal(connection.get('/previous?archive-name=other.didx'))).toMatch(/^404 open file .* failed$/)
  expect(await refusal(connection.get('/previous?archive-name=owner'))).toMatch(/^400 /)
  const index = await connection.get('/previous?archive-name=root.pxar.didx')
  expect(index.headers['content-type']).toBe('application/octet-stream')
  expect(index.bytes).toEqual(await readFile(path.join(server.store.path, SNAPSHOT, 'root.pxar.didx')))
  const files = [await nameDynamic(connection, { wid, name: 'root.pxar.didx' }, [abc, hello])]
  await finish(connection, files, { time: T0 + 1 })
  await server.settled()
  expect(await isThere(server, 'host/elsa/2024-06-04T11:20:01Z/index.json.blob')).toBe(true)
})

test('row 30: finish wants closed writers, files and a manifest, once', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const end = () => refusal(connection.post('/finish'))
  expect(await end()).toBe('400 backup does not contain valid files (file count == 0)')
  const wid = await openDynamic(connection, 'root.pxar.didx')
  for (const chunk of [hello, abc, abc]) dataOf(await connection.post(chunkPath('dynamic', wid, chunk), chunk.blob))
  expect(await end()).toBe('400 found open index writer - unable to finish backup')
  const file = await nameDynamic(connection, { wid, name: 'root.pxar.didx' }, [hello, abc])
  expect(await end()).toMatch(/^400 unable to update manifest blob - /)
  await uploadBlob(connection, 'index.json.blob', makeBlob(Buffer.from('no json')))
  expect(await end()).toMatch(/^400 unable to update manifest blob - /)
  await uploadBlob(connection, 'index.json.blob', makeManifest([file]))
  expect(await end()).toBe('200 {"data":null}')
  expect(await end()).toBe('400 backup already marked as finished.')
  expect(await refusal(connection.post('/dynamic_index?archive-name=b.didx'))).toBe(
    '400 backup already marked as finished.',
  )
  await connection.drop()
  await server.settled()
  const manifest = parseManifest(await readFile(path.join(server.store.path, SNAPSHOT, 'index.json.blob')))
  expect(manifest.unprotected.chunk_upload_stats).toEqual({ count: 3, size: 17, compressed_size: 53, duplicates: 1 })
})

test('row 31: a base that vanished makes finish fail, and forget does not take it meanwhile', async () => {
  const server = await openServer()
  await backUp(server, { time: T0, chunks: [hello] })
  const connection = await server.backup({ 'backup-time': T0 + 1 })
  const forget = `admin/datastore/tank/snapshots?backup-type=host&backup-id=elsa&backup-time=${T0}`
  expect((await server.call(forget, { method: 'DELETE' })).status).toBe(400)
  expect(await isThere(server, SNAPSHOT)).toBe(true)
  // Someone who knows nothing of locks.
  await rm(path.join(server.store.path, SNAPSHOT), { recursive: true })
  await uploadBlob(connection, 'index.json.blob', makeManifest([], { time: T0 + 1 }))
  expect(await refusal(connection.post('/finish'))).toBe(
    `400 base snapshot ${SNAPSHOT} was removed during backup, cannot finish as chunks might be missing`,
  )
  await connection.drop()
})

test('row 32: a reader gets the chunks of the indexes it has downloaded, and no others', async () => {
  const server = await openServer()
  await backUp(server, { time: T0, chunks: [hello] })
  await expect(server.reader({ 'backup-time': T0 + 1 })).rejects.toThrow(/^snapshot host\/elsa\/.* does not exist\.$/)
  const reader = await server.reader()
  server.clock.delays.length = 0
  expect(await refusal(reader.get(`/chunk?digest=${hello.digest}`))).toBe(
    `401 download chunk ${hello.digest} not allowed`,
  )
  expect(server.clock.delays).toEqual([3000])
  expect(await refusal(reader.get('/download?file-name=owner'))).toMatch(/^400 /)
  expect(await refusal(reader.get('/download?file-name=other.didx'))).toMatch(/^404 /)
  dataOf({ ...(await reader.get('/download?file-name=root.pxar.didx')), text: '{}' })
  expect((await reader.get(`/chunk?digest=${hello.digest}`)).bytes).toEqual(hello.blob)
  const stored = path.join(server.store.path, '.chunks', hello.digest.slice(0, 4), hello.digest)
  await writeFile(stored, 'damaged') // delivered as it is
  expect((await reader.get(`/chunk?digest=${hello.digest}`)).text).toBe('damaged')
  await rm(stored)
  expect(await refusal(reader.get(`/chunk?digest=${hello.digest}`))).toMatch(/^400 reading file .* failed/)
  await reader.drop()
})

test('row 41: the folders and files of a snapshot are those of PBS', async () => {
  const server = await openServer()
  await backUp(server, { time: T0, chunks: [hello] })
  const root = server.store.path
  expect(await readFile(path.join(root, 'host/elsa/owner'), 'utf8')).toBe(`${ROOT_TOKEN}\n`)
  expect((await readdir(path.join(root, SNAPSHOT))).sort()).toEqual(['index.json.blob', 'root.pxar.didx'])
  expect((await readdir(root)).filter((name) => name !== '.locks').sort()).toEqual(['.chunks', '.lock', 'host'])
  expect((await stat(path.join(root, '.chunks', hello.digest.slice(0, 4), hello.digest))).size).toBe(23)
})
