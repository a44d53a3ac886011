import { randomBytes } from 'node:crypto'
import { access, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { digest } from '../../../../src-shared/model/digest.ts'
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
import {
  type Chunk,
  type Connection,
  chunkPath,
  dataOf,
  dynamicCsum,
  makeBlob,
  makeChunk,
  sha256,
} from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, type TestServer } from './testing/server.fixture.ts'
import { WorkerChecker } from './worker-checker.ts'

const SNAPSHOT = 'host/elsa/2024-06-04T11:20:00Z'
const hello = makeChunk(Buffer.from('hello world'))
const abc = makeChunk(Buffer.from('abc'))

async function refusal(reply: ReturnType<Connection['get']>): Promise<string> {
  const { status, text, headers } = await reply
  expect(headers['content-type']).toBe('application/json;charset=UTF-8')
  return `${status} ${text}`
}

/** A finished snapshot with one archive of the given chunks. */
async function backUp(server: TestServer, time: number, chunks: readonly Chunk[], id = 'elsa'): Promise<void> {
  const connection = await server.backup({ 'backup-time': time, 'backup-id': id })
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', chunks)], { time, id })
  await server.settled()
}

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
  await backUp(server, T0, [hello])
  await backUp(server, T0 + 10, [hello, abc])
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
  await backUp(server, T0, [hello])
  expect(await isThere(server, SNAPSHOT, 'index.json.blob')).toBe(true)
})

test('row 17: benchmarks have their own group, and leave no snapshot', async () => {
  const server = await openServer()
  const group = { 'backup-id': 'benchmark' }
  await expect(server.backup(group)).rejects.toThrow('unable to run benchmark without --benchmark flags')
  await expect(server.backup({ benchmark: true })).rejects.toThrow(/only allowed on 'host\/benchmark'/)
  const connection = await server.backup({ ...group, benchmark: true })
  const started = performance.now()
  for (let round = 0; round < 4; round++) {
    expect(dataOf(await connection.post('/speedtest', randomBytes(4 << 20)))).toBeNull()
  }
  expect(performance.now() - started).toBeLessThan(20_000)
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', [hello])], { id: 'benchmark' })
  await server.settled()
  expect(await isThere(server, 'host/benchmark')).toBe(false)

  await backUp(server, T0, [hello])
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
  await backUp(server, T0, [hello])
  const reader = await server.reader()
  expect(await subdirs(reader)).toEqual(['chunk', 'download', 'speedtest'])
  expect(await refusal(reader.post('/finish'))).toBe("404 Path '/finish' not found.")
  await reader.drop()
})

test('row 19: a blob needs its extension, its length, a magic and the right checksum', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const post = (name: string, size: number, body: Uint8Array) =>
    refusal(connection.post(`/blob?encoded-size=${size}&file-name=${name}`, body))
  const blob = makeBlob(Buffer.from('answer = 42'))
  const flipped = Buffer.from(blob)
  flipped[8] = (flipped[8] ?? 0) ^ 1
  expect(await post('a.txt', blob.length, blob)).toBe("400 wrong blob file extension: 'a.txt'")
  expect(await post('a.blob', blob.length + 1, blob)).toBe(
    `400 got blob with unexpected length (${blob.length + 1} != ${blob.length})`,
  )
  expect(await post('a.blob', blob.length - 1, blob)).toMatch(/^400 got blob with unexpected length/)
  expect(await post('a.blob', blob.length, Buffer.alloc(blob.length))).toMatch(/^400 unable to parse raw blob.*magic/)
  expect(await post('a.blob', blob.length, flipped)).toMatch(/^400 .*crc/)
  expect(await post('../a.blob', blob.length, blob)).toMatch(/^400 parameter verification failed/)
  expect(await post('a.blob', 11, blob)).toMatch(/minimum value of 12 \(got 11\)/)
  expect(await post('a.blob', 16_777_261, blob)).toMatch(/maximum value of 16777260 \(got 16777261\)/)
  await uploadBlob(connection, 'a.blob', blob)
  await uploadBlob(connection, 'a.blob', makeBlob(Buffer.from('again'))) // replaces it
  expect(await readFile(path.join(server.store.path, SNAPSHOT, 'a.blob'))).toEqual(makeBlob(Buffer.from('again')))
  await connection.drop()
})

test('row 20: a chunk is held against digest and size, and its checksum is repaired', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const post = (chunk: Chunk, body: Uint8Array = chunk.blob) => connection.post(chunkPath('dynamic', wid, chunk), body)
  expect(await refusal(post(hello, hello.blob.subarray(0, -1)))).toBe('400 uploaded chunk has unexpected size.')
  expect(await refusal(post(hello, Buffer.concat([hello.blob, Buffer.alloc(1)])))).toBe(
    '400 uploaded chunk is larger than announced.',
  )
  expect(await refusal(post({ ...hello, size: 12 }))).toBe('400 detected chunk with wrong length (12 != 11)')
  expect(await refusal(post({ ...hello, digest: abc.digest }))).toBe('400 detected chunk with wrong digest.')
  expect(await refusal(post({ ...hello, digest: hello.digest.toUpperCase() }))).toMatch(/does not match the regex/)
  expect(await refusal(post({ ...hello, size: 16_777_217 }))).toMatch(/maximum value of 16777216/)
  const noZstd = makeBlob(Buffer.from('hello world'), { compressed: true }).fill(7, 12)
  expect(await refusal(post({ ...hello, blob: noZstd }))).toMatch(/^400 unable to parse raw blob/)

  const broken = Buffer.from(hello.blob)
  broken.writeUInt32LE(0, 8)
  expect(dataOf(await post(hello, broken))).toBe(hello.digest)
  const stored = path.join(server.store.path, '.chunks', hello.digest.slice(0, 4), hello.digest)
  expect(await readFile(stored)).toEqual(hello.blob)
  expect(dataOf(await post(hello))).toBe(hello.digest) // twice is a duplicate
  await connection.drop()
})

test('row 21: encrypted chunks are taken on trust', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const secret = randomBytes(5000)
  const blob = Buffer.concat([Buffer.from('7b6785be222d4cf0', 'hex'), Buffer.alloc(4), randomBytes(32), secret])
  const chunk = { digest: sha256(randomBytes(8)), size: 4096, blob }
  expect(dataOf(await connection.post(chunkPath('dynamic', wid, chunk), blob))).toBe(chunk.digest)
  const stub = { ...chunk, blob: blob.subarray(0, 20) }
  expect(await refusal(connection.post(chunkPath('dynamic', wid, stub), stub.blob))).toMatch(/^400 unable to parse/)
  await connection.drop()
})

test('row 22: dynamic and fixed writers share ids from 1 to 256', async () => {
  const server = await openServer()
  const connection = await server.backup()
  expect(await refusal(connection.post('/dynamic_index?archive-name=x.fidx'))).toBe(
    "400 wrong archive extension: 'x.fidx'",
  )
  expect(await refusal(connection.post('/fixed_index?archive-name=x.didx&size=1'))).toMatch(/wrong archive extension/)
  for (let wid = 1; wid <= 256; wid++) {
    const where =
      wid % 2 === 0 ? `/fixed_index?archive-name=${wid}.fidx&size=1` : `/dynamic_index?archive-name=${wid}.didx`
    expect(dataOf(await connection.post(where))).toBe(wid)
  }
  expect(await refusal(connection.post('/dynamic_index?archive-name=257.didx'))).toMatch(/^400 .*256/)
  expect(await refusal(connection.post(chunkPath('dynamic', 257, hello), hello.blob))).toMatch(
    /maximum value of 256 \(got 257\)/,
  )
  expect(await refusal(connection.post(chunkPath('dynamic', 2, hello), hello.blob))).toBe(
    "400 dynamic writer '2' not registered",
  )
  expect(await refusal(connection.post(chunkPath('fixed', 1, hello), hello.blob))).toBe(
    "400 fixed writer '1' not registered",
  )
  await connection.drop()
})

test('row 24: only known chunks are named, at their offsets, in lists of one length', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const put = (digests: readonly string[], offsets: readonly number[]) =>
    refusal(connection.sendJson('PUT', '/dynamic_index', { wid, 'digest-list': digests, 'offset-list': offsets }))
  // On disk, but of another backup.
  await server.store.chunks.insert(digest.parse(abc.digest), abc.blob)
  expect(await put([abc.digest], [0])).toBe(`400 no such chunk ${abc.digest}`)
  dataOf(await connection.post(chunkPath('dynamic', wid, abc), abc.blob))
  expect(await put([abc.digest], [0, 3])).toBe('400 offset list has wrong length (1 != 2)')
  expect(await put([abc.digest], [3])).toBe('400 got strange chunk offset (0 != 3)')
  expect(await put([abc.digest], [-1])).toMatch(/minimum value of 0/)
  expect(await put([abc.digest, abc.digest], [0, 3])).toBe('200 {"data":null}')
  expect(await put([abc.digest], [3])).toBe('400 got strange chunk offset (6 != 3)')
  // The lists may come as a query, too.
  const query = `/dynamic_index?wid=${wid}&digest-list=${abc.digest}&offset-list=6`
  expect(await refusal(connection.request('PUT', query))).toBe('200 {"data":null}')
  await connection.drop()
})

test('row 26: an index is closed with its count, size and checksum', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  for (const chunk of [hello, abc]) dataOf(await connection.post(chunkPath('dynamic', wid, chunk), chunk.blob))
  const append = { wid, 'digest-list': [hello.digest, abc.digest], 'offset-list': [0, 11] }
  dataOf(await connection.sendJson('PUT', '/dynamic_index', append))
  const close = (count: number, size: number, csum: string) =>
    refusal(connection.post(`/dynamic_close?chunk-count=${count}&csum=${csum}&size=${size}&wid=${wid}`))
  const csum = 'afed138758d5555dcc32f55a3fa0a0c6210da615053a27033ad9bb3b618f4ae3' // the example of §2.5
  expect(await close(3, 14, csum)).toMatch(/^400 dynamic writer 'root.pxar.didx' close failed - .*2 != 3/)
  expect(await close(2, 15, csum)).toMatch(/close failed - .*14 != 15/)
  expect(await close(2, 14, sha256(Buffer.from('x')))).toMatch(/close failed - got unexpected checksum/)
  expect(await close(0, 0, csum)).toMatch(/minimum value of 1/)
  expect(await close(2, 14, csum)).toBe('200 {"data":null}')
  expect(await close(2, 14, csum)).toBe("400 dynamic writer '1' not registered")
  const file = await readFile(path.join(server.store.path, SNAPSHOT, 'root.pxar.didx'))
  expect(sha256(file.subarray(4096))).toBe(csum)
  expect(file.subarray(32, 64).toString('hex')).toBe(csum)
  await connection.drop()
})

test('row 28: the previous index makes its chunks known', async () => {
  const server = await openServer()
  await backUp(server, T0, [hello, abc])
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
  await backUp(server, T0, [hello])
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
  await backUp(server, T0, [hello])
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

test('row 40: a chunk that is there is kept, or replaced by a smaller one', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const data = Buffer.alloc(5000, 'x')
  const [plain, small] = [makeChunk(data), makeChunk(data, { compressed: true })]
  const file = path.join(server.store.path, '.chunks', plain.digest.slice(0, 4), plain.digest)
  const post = async (chunk: Chunk) => {
    dataOf(await connection.post(chunkPath('dynamic', wid, chunk), chunk.blob))
    return (await stat(file)).size
  }
  expect(await post(plain)).toBe(plain.blob.length)
  expect(await post(small)).toBe(small.blob.length) // the one on disk was larger
  expect(await post(plain)).toBe(small.blob.length) // the one on disk is smaller
  await writeFile(file, '')
  expect(await post(plain)).toBe(plain.blob.length) // what is empty is nothing
  await writeFile(file, Buffer.alloc(plain.blob.length))
  await post(plain)
  expect(await readFile(file)).toEqual(Buffer.alloc(plain.blob.length)) // of one size: not looked into
  await connection.drop()
})

test('row 41: the folders and files of a snapshot are those of PBS', async () => {
  const server = await openServer()
  await backUp(server, T0, [hello])
  const root = server.store.path
  expect(await readFile(path.join(root, 'host/elsa/owner'), 'utf8')).toBe(`${ROOT_TOKEN}\n`)
  expect((await readdir(path.join(root, SNAPSHOT))).sort()).toEqual(['index.json.blob', 'root.pxar.didx'])
  expect((await readdir(root)).filter((name) => name !== '.locks').sort()).toEqual(['.chunks', '.lock', 'host'])
  expect((await stat(path.join(root, '.chunks', hello.digest.slice(0, 4), hello.digest))).size).toBe(23)
})

test('§9.3: the requests of a second, encrypted run leave the files of PBS', async () => {
  const server = await openServer()
  await backUp(server, T0, [hello])
  const time = T0 + 60
  const connection = await server.backup({ 'backup-time': time, debug: true, benchmark: false })
  expect(dataOf(await connection.get('/previous_backup_time'))).toBe(T0)
  expect((await connection.get('/previous?archive-name=index.json.blob')).status).toBe(200)
  const [catalogId, , rootId] = await Promise.all([
    openDynamic(connection, 'catalog.pcat1.didx'),
    connection.get('/previous?archive-name=root.pxar.didx'),
    openDynamic(connection, 'root.pxar.didx'),
  ])
  const post = async (wid: number, chunk: Chunk) =>
    dataOf(await connection.post(chunkPath('dynamic', wid, chunk), chunk.blob))
  await post(rootId, abc)
  const root = await nameDynamic(connection, { wid: rootId, name: 'root.pxar.didx' }, [hello, abc])
  const catalogChunk = makeChunk(randomBytes(300))
  await post(catalogId, catalogChunk)
  const catalog = await nameDynamic(connection, { wid: catalogId, name: 'catalog.pcat1.didx' }, [catalogChunk])
  const key = await uploadBlob(connection, 'rsa-encrypted.key.blob', makeBlob(randomBytes(256)))
  await finish(connection, [root, catalog, key], { time })
  await server.settled()
  const log = makeBlob(Buffer.from('all went well'))
  const where = `admin/datastore/tank/upload-backup-log?backup-type=host&backup-id=elsa&backup-time=${time}`
  await server.data(where, { method: 'POST', body: log })

  const folder = path.join(server.store.path, 'host/elsa/2024-06-04T11:21:00Z')
  expect((await readdir(folder)).sort()).toEqual([
    'catalog.pcat1.didx',
    'client.log.blob',
    'index.json.blob',
    'root.pxar.didx',
    'rsa-encrypted.key.blob',
  ])
  const index = await readFile(path.join(folder, 'root.pxar.didx'))
  expect(sha256(index.subarray(4096))).toBe(dynamicCsum([hello, abc]))
  expect(await readFile(path.join(folder, 'client.log.blob'))).toEqual(log)
})

test('eight backups at once are each complete and verify', { timeout: 120_000 }, async () => {
  const server = await openServer({ checker: new WorkerChecker(2) })
  const shared = makeChunk(randomBytes(200_000))
  const before = process.memoryUsage().rss
  const ids = Array.from({ length: 8 }, (_, number) => `client-${number}`)
  const connections = await Promise.all(ids.map((id) => server.backup({ 'backup-id': id })))
  await Promise.all(
    connections.map(async (connection, number) => {
      const own = Array.from({ length: 24 }, () => makeChunk(randomBytes(100_000)))
      const file = await uploadDynamic(connection, 'root.pxar.didx', [shared, ...own])
      await finish(connection, [file], { id: ids[number] ?? '' })
    }),
  )
  await server.settled()
  expect(process.memoryUsage().rss - before).toBeLessThan(400 << 20)
  const upid = await server.data('admin/datastore/tank/verify', { method: 'POST' })
  await server.settled()
  const status = await server.data(`nodes/localhost/tasks/${encodeURIComponent(String(upid))}/status`)
  expect(status).toMatchObject({ status: 'stopped', exitstatus: 'OK', type: 'verify' })
  const snapshots = await server.data('admin/datastore/tank/snapshots')
  expect(snapshots).toHaveLength(8)
})
