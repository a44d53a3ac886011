import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { decodeBlob, encodeBlob } from '../../../storage/blob.ts'
import { plainDigest } from '../../../storage/crypt-config.ts'
import { DynamicIndex, DynamicIndexBuilder } from '../../../storage/dynamic-index.ts'
import { FIXED_CHUNK_BYTES, FixedIndex, FixedIndexBuilder } from '../../../storage/fixed-index.ts'
import { finish, makeManifest, uploadDynamic } from '../server/testing/backup-steps.fixture.ts'
import { openServer } from '../server/testing/open-server.fixture.ts'
import { makeChunk } from '../server/testing/raw-client.fixture.ts'
import { T0, type TestServer } from '../server/testing/server.fixture.ts'
import { BackupSession } from './backup/backup-session.ts'
import { listSnapshots } from './management/snapshots.ts'
import { ReaderSession } from './reader/reader-session.ts'
import { startCuttingProxy } from './testing/cutting-proxy.fixture.ts'
import { openClient, signal } from './testing/open-client.fixture.ts'

const DYNAMIC = 'root.pxar.didx'
const IMAGE = 'drive-scsi0.img.fidx'
const ref = (time = T0) => ({ namespace: '', type: 'host', backupId: 'elsa', time }) as const

interface Piece {
  readonly digest: Digest
  readonly data: Uint8Array
  readonly blob: Uint8Array
}

function piece(data: Uint8Array): Piece {
  return { digest: plainDigest(data), data, blob: encodeBlob(data, { compress: true }) }
}

async function open(server: TestServer, time = T0): Promise<BackupSession> {
  const session = await BackupSession.open(openClient(server), { datastore: 'tank', ref: ref(time) }, signal)
  onTestFinished(() => session.close())
  return session
}

/** A whole dynamic archive; chunks that are `known` are not uploaded. */
async function upload(session: BackupSession, pieces: readonly Piece[], known: ReadonlySet<string> = new Set()) {
  const index = await session.openIndex(DYNAMIC)
  await Promise.all(
    pieces
      .filter(({ digest }) => !known.has(digest))
      .map(({ digest, data, blob }) => index.uploadChunk(digest, data.length, new Uint8Array(blob))),
  )
  const builder = new DynamicIndexBuilder()
  for (const { digest, data } of pieces) {
    await index.append(digest, builder.sizeBytes)
    builder.add(digest, data.length)
  }
  await index.close(builder)
  return builder
}

async function complete(
  server: TestServer,
  session: BackupSession,
  time = T0,
  size = 0,
  csum = '',
  filename = DYNAMIC,
) {
  const files = csum === '' ? [] : [{ filename, size, csum }]
  await session.uploadBlob('index.json.blob', makeManifest(files, { time }))
  await session.finish()
  await session.close()
  await server.settled()
}

test('row 17: speed is measured both ways, and a benchmark leaves nothing', async () => {
  const server = await openServer()
  const client = openClient(server)
  const place = { ...ref(), backupId: 'benchmark' }
  const bench = await BackupSession.open(client, { datastore: 'tank', ref: place, isBenchmark: true }, signal)
  expect(await bench.measureUpload(1)).toBeGreaterThan(0)
  await bench.close()
  await server.settled()
  expect(await listSnapshots(client, { store: 'tank', namespace: '' }, signal)).toEqual([])
  const refused = BackupSession.open(client, { datastore: 'tank', ref: ref(), isBenchmark: true }, signal)
  await expect(refused).rejects.toMatchObject({ code: 'repository/refused' })

  const session = await open(server)
  await complete(server, session)
  const reader = await ReaderSession.open(client, { datastore: 'tank', ref: ref() }, signal)
  expect(await reader.measureDownload(1, signal)).toBeGreaterThan(0)
  await reader.close()
})

test('row 18: both protocols list what there is to call', async () => {
  const server = await openServer()
  const session = await open(server)
  expect(await session.directory()).toEqual(expect.arrayContaining(['blob', 'dynamic_chunk', 'fixed_index', 'finish']))
  await complete(server, session)
  const reader = await ReaderSession.open(openClient(server), { datastore: 'tank', ref: ref() }, signal)
  expect(await reader.directory(signal)).toEqual(expect.arrayContaining(['chunk', 'download']))
  await reader.close()
})

test('row 24, row 26: hundreds of chunks in lists, and an index that the server computes alike', async () => {
  const server = await openServer()
  const session = await open(server)
  const pieces = Array.from({ length: 300 }, (_, i) => piece(randomBytes(100 + i)))
  const builder = await upload(session, pieces)
  await complete(server, session, T0, Number(builder.sizeBytes), builder.csum())
  const stored = await readFile(path.join(server.store.path, 'host/elsa/2024-06-04T11:20:00Z', DYNAMIC))
  const index = DynamicIndex.parse(stored)
  expect([...index].map(({ digest }) => digest)).toEqual(pieces.map(({ digest }) => digest))
  expect(index.header.storedCsum).toBe(builder.csum())
})

test('row 24: a chunk that was not uploaded cannot be appended, and the index cannot be closed', async () => {
  const server = await openServer()
  const session = await open(server)
  const index = await session.openIndex(DYNAMIC)
  const { digest, data } = piece(randomBytes(100))
  const builder = new DynamicIndexBuilder()
  builder.add(digest, data.length)
  await index.append(digest, 0n)
  await expect(index.close(builder)).rejects.toMatchObject({
    code: 'repository/refused',
    text: `no such chunk ${digest}`,
  })
})

test('row 26: a checksum that differs is refused', async () => {
  const server = await openServer()
  const session = await open(server)
  const one = piece(randomBytes(100))
  const index = await session.openIndex(DYNAMIC)
  await index.uploadChunk(one.digest, 100, new Uint8Array(one.blob))
  await index.append(one.digest, 0n)
  const closing = index.close({ count: 1, sizeBytes: 100n, csum: () => plainDigest(Buffer.from('another')) })
  await expect(closing).rejects.toMatchObject({ text: expect.stringContaining('unexpected checksum') })
})

test('row 28, row 29: without a base nothing is previous; with one its chunks may be referred to', async () => {
  const server = await openServer()
  const first = await open(server)
  expect(await first.previousBackupTime()).toBeUndefined()
  expect(await first.previous('index.json.blob')).toBeUndefined()
  const pieces = [piece(randomBytes(1000)), piece(randomBytes(2000))]
  const builder = await upload(first, pieces)
  await complete(server, first, T0, Number(builder.sizeBytes), builder.csum())

  const second = await open(server, T0 + 1)
  expect(await second.previousBackupTime()).toBe(T0)
  expect(await second.previous('none.pxar.didx')).toBeUndefined()
  const index = DynamicIndex.parse((await second.previous(DYNAMIC)) ?? Buffer.alloc(0))
  const known = new Set([...index].map(({ digest }) => digest))
  const again = await upload(second, pieces, known)
  expect(again.csum()).toBe(builder.csum())
  await complete(server, second, T0 + 1, Number(again.sizeBytes), again.csum())
})

const block = (fill: number, size = FIXED_CHUNK_BYTES) => piece(Buffer.alloc(size, fill))

async function uploadImage(
  session: BackupSession,
  pieces: readonly Piece[],
  image: Parameters<BackupSession['openIndex']>[1],
  order: readonly number[] = pieces.keys().toArray(),
) {
  const sizeBytes = pieces.reduce((sum, { data }) => sum + data.length, 0)
  const builder = new FixedIndexBuilder({ sizeBytes: BigInt(sizeBytes) })
  for (const [i, { digest, data }] of pieces.entries()) builder.set(BigInt(i * FIXED_CHUNK_BYTES), digest, data.length)
  const index = await session.openIndex(IMAGE, image)
  for (const i of order) {
    const each = pieces[i]
    if (each === undefined) continue
    await index.uploadChunk(each.digest, each.data.length, new Uint8Array(each.blob))
    await index.append(each.digest, BigInt(i * FIXED_CHUNK_BYTES))
  }
  await index.close(builder)
  return builder
}

test('row 23, row 25, row 79: images of known size in any order, and of a size that shows at the end', async () => {
  const server = await openServer()
  const session = await open(server)
  const pieces = [block(1), block(2), block(3, 1000)]
  const builder = await uploadImage(session, pieces, { sizeBytes: 2n * 4194304n + 1000n }, [2, 0, 1])
  await complete(server, session, T0, Number(builder.sizeBytes), builder.csum(), IMAGE)
  const growing = await open(server, T0 + 1)
  const grown = await uploadImage(growing, pieces, {})
  expect(grown.csum()).toBe(builder.csum())
  await complete(server, growing, T0 + 1, Number(grown.sizeBytes), grown.csum(), IMAGE)
})

test('row 27: an incremental image puts only what changed, nothing when nothing did', async () => {
  const server = await openServer()
  const client = openClient(server)
  const first = await open(server)
  const pieces = [block(1), block(2), block(3)]
  const sizeBytes = 3n * BigInt(FIXED_CHUNK_BYTES)
  let last = await uploadImage(first, pieces, { sizeBytes })
  await complete(server, first, T0, Number(sizeBytes), last.csum(), IMAGE)
  let time: number = T0
  for (const changed of [[], [1], [0, 2]]) {
    for (const i of changed) pieces[i] = block(10 + i + time - T0)
    const session = await open(server, ++time)
    last = await uploadImage(session, pieces, { sizeBytes, reuseCsum: last.csum() }, changed)
    await complete(server, session, time, Number(sizeBytes), last.csum(), IMAGE)
    const reader = await ReaderSession.open(client, { datastore: 'tank', ref: ref(time) }, signal)
    const index = FixedIndex.parse(await reader.download(IMAGE, signal))
    expect([...index].map(({ digest }) => digest)).toEqual(pieces.map(({ digest }) => digest))
    await reader.close()
  }
  const wrong = await open(server, ++time)
  const opening = wrong.openIndex(IMAGE, { sizeBytes, reuseCsum: plainDigest(Buffer.from('x')) })
  await expect(opening).rejects.toMatchObject({ text: expect.stringContaining('cannot do incremental backup') })
})

async function storeThree(server: TestServer) {
  const connection = await server.backup()
  const chunks = [randomBytes(1000), randomBytes(2000), randomBytes(3000)].map((data) => makeChunk(data))
  await finish(connection, [await uploadDynamic(connection, DYNAMIC, chunks)])
  await server.settled()
  // They are hex in the fixture, which no type knows.
  return chunks.map((chunk) => ({ ...chunk, digest: chunk.digest as Digest }))
}

test('row 32: chunks come when their index was downloaded, not before', async () => {
  const server = await openServer()
  const chunks = await storeThree(server)
  const reader = await ReaderSession.open(openClient(server), { datastore: 'tank', ref: ref() }, signal)
  const [first] = chunks
  if (first === undefined) throw new Error('there are three')
  await expect(reader.chunk(first.digest, signal)).rejects.toMatchObject({ code: 'auth/denied', status: 401 })
  await reader.download(DYNAMIC, signal)
  const fetched = await Promise.all(chunks.map(({ digest }) => reader.chunk(digest, signal)))
  for (const [i, blob] of fetched.entries()) {
    expect(plainDigest(decodeBlob(blob, { maxPlainBytes: 1 << 20 }))).toBe(chunks[i]?.digest)
  }
  await expect(reader.download('none.didx', signal)).rejects.toMatchObject({ code: 'path/not-found' })
  await reader.close()
  const unknown = ReaderSession.open(openClient(server), { datastore: 'tank', ref: ref(T0 + 5) }, signal)
  await expect(unknown).rejects.toMatchObject({ code: 'snapshot/unknown' })
})

test('row 33: a reader whose connection is cut makes another and registers its indexes again', async () => {
  const server = await openServer()
  const chunks = await storeThree(server)
  const proxy = await startCuttingProxy(server.port)
  onTestFinished(() => proxy.close())
  const client = openClient(server, { port: proxy.port })
  const reader = await ReaderSession.open(client, { datastore: 'tank', ref: ref() }, signal)
  onTestFinished(() => reader.close())
  await reader.download(DYNAMIC, signal)
  for (const { digest, blob } of chunks) {
    proxy.cutNow()
    expect(Buffer.compare(await reader.chunk(digest, signal), blob)).toBe(0)
  }
  proxy.cutAfterReceived(1500) // in the midst of an answer
  const again = await Promise.all(chunks.map(({ digest }) => reader.chunk(digest, signal)))
  expect(again.map((blob, i) => blob.equals(chunks[i]?.blob ?? Buffer.alloc(0)))).toEqual([true, true, true])
})

test('a reader gives up when the server stays away, and an aborted one at once', async () => {
  const server = await openServer()
  const [chunk] = await storeThree(server)
  const proxy = await startCuttingProxy(server.port)
  const client = openClient(server, { port: proxy.port })
  const reader = await ReaderSession.open(client, { datastore: 'tank', ref: ref() }, signal)
  await reader.download(DYNAMIC, signal)
  await proxy.close()
  if (chunk === undefined) throw new Error('there are three')
  await expect(reader.chunk(chunk.digest, signal)).rejects.toMatchObject({ code: 'repository/unreachable' })
  const reason = new Error('enough')
  await expect(reader.chunk(chunk.digest, AbortSignal.abort(reason))).rejects.toBe(reason)
  await reader.close()
})

test('a server that no longer answers ends the session in time', async () => {
  const server = await openServer()
  const proxy = await startCuttingProxy(server.port)
  onTestFinished(() => proxy.close())
  const client = openClient(server, { port: proxy.port, idleTimeoutMs: 3000 })
  const session = await BackupSession.open(client, { datastore: 'tank', ref: ref() }, signal)
  proxy.freeze()
  await expect(session.previousBackupTime()).rejects.toMatchObject({ code: 'repository/unreachable' })
  await expect(session.finish()).rejects.toMatchObject({ code: 'repository/unreachable' })
  await session.close()
})
