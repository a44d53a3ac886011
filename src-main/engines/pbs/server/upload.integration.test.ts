import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { digest } from '../../../../src-shared/model/digest.ts'
import { openDynamic, uploadBlob } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Chunk, chunkPath, dataOf, makeBlob, makeChunk, sha256 } from './testing/raw-client.fixture.ts'
import { refusal } from './testing/refusal.fixture.ts'
import { abc, hello } from './testing/whole-backup.fixture.ts'

const SNAPSHOT = 'host/elsa/2024-06-04T11:20:00Z'

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
