import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { goldenArchive, goldenMetadata, goldenPayload } from '../../../archive/pxar/golden.fixture.ts'
import { makeManifest, nameDynamic, openDynamic, uploadBlob } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import {
  type Chunk,
  type Connection,
  chunkPath,
  dataOf,
  fixedCsum,
  makeBlob,
  makeChunk,
  sha256,
} from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, type TestServer } from './testing/server.fixture.ts'

/**
 * The files that a real PBS leaves after each request sequence of spec pbs §9.3 and §9.4, put together here from §4
 * alone and compared byte for byte; only what is random (uuids) is taken over.
 */

const BLOCK = 4 << 20
const NAMES = { 0: '2024-06-04T11:20:00Z', 60: '2024-06-04T11:21:00Z' } as const

type Entry = Pick<Chunk, 'digest' | 'size'>

function folderOf(server: TestServer, after: keyof typeof NAMES): string {
  return path.join(server.store.path, 'host/elsa', NAMES[after])
}

/** §4.3: 4096 bytes of header, then end offset and digest of each chunk. */
function didx(chunks: readonly Entry[], uuid: Uint8Array, time: number): Buffer {
  let end = 0n
  const entries = chunks.map(({ digest, size }) => {
    end += BigInt(size)
    const entry = Buffer.alloc(40)
    entry.writeBigUInt64LE(end)
    entry.write(digest, 8, 'hex')
    return entry
  })
  return withHeader('1c914ea519bab3cd', Buffer.concat(entries), { uuid, time })
}

/** §4.4: as above, with size and chunk size, then the digests. */
function fidx(digests: readonly string[], size: number, uuid: Uint8Array, time: number): Buffer {
  const file = withHeader('2f7f41ed91fd0fcd', Buffer.from(digests.join(''), 'hex'), { uuid, time })
  file.writeBigUInt64LE(BigInt(size), 64)
  file.writeBigUInt64LE(BigInt(BLOCK), 72)
  return file
}

function withHeader(
  magic: string,
  entries: Buffer,
  { uuid, time }: { readonly uuid: Uint8Array; readonly time: number },
): Buffer {
  const header = Buffer.alloc(4096)
  header.write(magic, 0, 'hex')
  header.set(uuid, 8)
  header.writeBigInt64LE(BigInt(time), 24)
  header.set(createHash('sha256').update(entries).digest(), 32)
  return Buffer.concat([header, entries])
}

async function expectIndex(file: string, expected: (uuid: Uint8Array) => Buffer): Promise<void> {
  const actual = await readFile(file)
  const uuid = actual.subarray(8, 24)
  expect(uuid.every((byte) => byte === 0)).toBe(false)
  expect(actual.equals(expected(uuid))).toBe(true)
}

async function expectChunks(server: TestServer, chunks: readonly Chunk[]): Promise<void> {
  const root = path.join(server.store.path, '.chunks')
  const found: string[] = []
  for (const folder of await readdir(root)) {
    for (const name of await readdir(path.join(root, folder))) {
      expect(name.slice(0, 4)).toBe(folder)
      found.push(name)
    }
  }
  expect(found.sort()).toEqual([...new Set(chunks.map(({ digest }) => digest))].sort())
  for (const { digest, blob } of chunks)
    expect((await readFile(path.join(root, digest.slice(0, 4), digest))).equals(blob)).toBe(true)
}

/** The manifest as stored: what the client sent, with the statistics of the upload (§2.8) and nothing else changed. */
async function expectManifest(folder: string, sent: Uint8Array, stats: object): Promise<void> {
  const blob = await readFile(path.join(folder, 'index.json.blob'))
  const isCompressed = blob.subarray(0, 8).toString('hex') === '31b958426fb6a37f'
  const stored: unknown = JSON.parse(String(isCompressed ? zstdDecompressSync(blob.subarray(12)) : blob.subarray(12)))
  const expected = JSON.parse(String(sent.subarray(12))) as { unprotected: object }
  expect(stored).toEqual({ ...expected, unprotected: { ...expected.unprotected, chunk_upload_stats: stats } })
}

async function post(connection: Connection, kind: 'dynamic' | 'fixed', wid: number, chunk: Chunk): Promise<void> {
  expect(dataOf(await connection.post(chunkPath(kind, wid, chunk), chunk.blob))).toBe(chunk.digest)
}

async function end(server: TestServer, connection: Connection, manifest: Buffer): Promise<void> {
  await uploadBlob(connection, 'index.json.blob', manifest)
  dataOf(await connection.post('/finish'))
  await connection.drop()
  await server.settled()
}

test('row 37, row 41, row 73: the legacy sequence, twice, leaves the files of PBS', async () => {
  const server = await openServer()
  const [one, two, three] = [goldenArchive.subarray(0, 300), goldenArchive.subarray(300), randomBytes(500)].map(
    (data) => makeChunk(data),
  ) as [Chunk, Chunk, Chunk]
  const catalogs = [makeChunk(randomBytes(71)), makeChunk(randomBytes(80))] as const

  const first = await server.backup({ debug: true, benchmark: false })
  expect(dataOf(await first.get('/previous_backup_time'))).toBeNull()
  const catalogId = await openDynamic(first, 'catalog.pcat1.didx')
  const rootId = await openDynamic(first, 'root.pxar.didx')
  for (const chunk of [one, two]) await post(first, 'dynamic', rootId, chunk)
  const root = await nameDynamic(first, { wid: rootId, name: 'root.pxar.didx' }, [one, two])
  await post(first, 'dynamic', catalogId, catalogs[0])
  const catalog = await nameDynamic(first, { wid: catalogId, name: 'catalog.pcat1.didx' }, [catalogs[0]])
  const manifest = makeManifest([root, catalog])
  await end(server, first, manifest)
  expect((await readdir(folderOf(server, 0))).sort()).toEqual([
    'catalog.pcat1.didx',
    'index.json.blob',
    'root.pxar.didx',
  ])
  await expectIndex(path.join(folderOf(server, 0), 'root.pxar.didx'), (uuid) => didx([one, two], uuid, T0))
  await expectIndex(path.join(folderOf(server, 0), 'catalog.pcat1.didx'), (uuid) => didx([catalogs[0]], uuid, T0))
  const sizes = [one, two, catalogs[0]].map(({ size, blob }) => ({ size, encoded: blob.length }))
  const total = (key: 'size' | 'encoded') => sizes.reduce((sum, each) => sum + each[key], 0)
  await expectManifest(folderOf(server, 0), manifest, {
    count: 3,
    size: total('size'),
    compressed_size: total('encoded'),
    duplicates: 0,
  })

  // The second run, encrypted by its manifest, with a master key; the log comes afterwards.
  const second = await server.backup({ 'backup-time': T0 + 60 })
  expect(dataOf(await second.get('/previous_backup_time'))).toBe(T0)
  expect((await second.get('/previous?archive-name=index.json.blob')).bytes).toEqual(
    await readFile(path.join(folderOf(server, 0), 'index.json.blob')),
  )
  const secondCatalog = await openDynamic(second, 'catalog.pcat1.didx')
  expect((await second.get('/previous?archive-name=root.pxar.didx')).bytes).toEqual(
    await readFile(path.join(folderOf(server, 0), 'root.pxar.didx')),
  )
  const secondRoot = await openDynamic(second, 'root.pxar.didx')
  await post(second, 'dynamic', secondRoot, three)
  const files = [await nameDynamic(second, { wid: secondRoot, name: 'root.pxar.didx' }, [one, three, two])]
  await post(second, 'dynamic', secondCatalog, catalogs[1])
  files.push(await nameDynamic(second, { wid: secondCatalog, name: 'catalog.pcat1.didx' }, [catalogs[1]]))
  const key = makeBlob(randomBytes(512))
  files.push(await uploadBlob(second, 'rsa-encrypted.key.blob', key))
  const fingerprint = Array.from({ length: 32 }, () => 'ab').join(':')
  const secret = makeManifest(files, { time: T0 + 60, cryptMode: 'encrypt', fingerprint })
  await end(server, second, secret)
  const log = makeBlob(Buffer.from('fine'))
  const where = `admin/datastore/tank/upload-backup-log?backup-type=host&backup-id=elsa&backup-time=${T0 + 60}`
  await server.data(where, { method: 'POST', body: log })

  const folder = folderOf(server, 60)
  expect((await readdir(folder)).sort()).toEqual([
    'catalog.pcat1.didx',
    'client.log.blob',
    'index.json.blob',
    'root.pxar.didx',
    'rsa-encrypted.key.blob',
  ])
  await expectIndex(path.join(folder, 'root.pxar.didx'), (uuid) => didx([one, three, two], uuid, T0))
  expect(await readFile(path.join(folder, 'rsa-encrypted.key.blob'))).toEqual(key)
  expect(await readFile(path.join(folder, 'client.log.blob'))).toEqual(log)
  await expectManifest(folder, secret, {
    count: 2,
    size: three.size + catalogs[1].size,
    compressed_size: three.blob.length + catalogs[1].blob.length,
    duplicates: 0,
  })
  await expectChunks(server, [one, two, three, ...catalogs])
  expect(await readFile(path.join(server.store.path, 'host/elsa/owner'), 'utf8')).toBe(`${ROOT_TOKEN}\n`)
  const visible = (await readdir(server.store.path)).filter((name) => name !== '.locks').sort()
  expect(visible).toEqual(['.chunks', '.lock', 'host'])
  expect((await stat(path.join(server.store.path, '.chunks', one.digest.slice(0, 4)))).mode & 0o777).toBe(0o750)
})

test('row 41, row 75: split archives, and reused payload from the last one, leave the files of PBS', async () => {
  const server = await openServer()
  const payload = makeChunk(goldenPayload)
  const metadata = makeChunk(goldenMetadata)
  for (const [after, isFirst] of [
    [0, true],
    [60, false],
  ] as const) {
    const time = T0 + after
    const connection = await server.backup({ 'backup-time': time })
    if (!isFirst) {
      // The base is read through a connection of its own meanwhile.
      const reader = await server.reader({ 'backup-time': T0 })
      for (const name of ['root.mpxar.didx', 'root.ppxar.didx'])
        expect((await reader.get(`/download?file-name=${name}`)).status).toBe(200)
      expect((await reader.get(`/chunk?digest=${metadata.digest}`)).bytes).toEqual(metadata.blob)
      await reader.drop()
      for (const name of ['root.mpxar.didx', 'root.ppxar.didx'])
        expect((await connection.get(`/previous?archive-name=${name}`)).status).toBe(200)
    }
    const [metadataId, payloadId] = await Promise.all([
      openDynamic(connection, 'root.mpxar.didx'),
      openDynamic(connection, 'root.ppxar.didx'),
    ])
    if (isFirst) await post(connection, 'dynamic', payloadId, payload)
    if (isFirst) await post(connection, 'dynamic', metadataId, metadata)
    const files = [
      await nameDynamic(connection, { wid: payloadId, name: 'root.ppxar.didx' }, [payload]),
      await nameDynamic(connection, { wid: metadataId, name: 'root.mpxar.didx' }, [metadata]),
    ]
    const manifest = makeManifest(files, { time })
    await end(server, connection, manifest)
    const folder = folderOf(server, after)
    expect((await readdir(folder)).sort()).toEqual(['index.json.blob', 'root.mpxar.didx', 'root.ppxar.didx'])
    await expectIndex(path.join(folder, 'root.ppxar.didx'), (uuid) => didx([payload], uuid, T0))
    await expectIndex(path.join(folder, 'root.mpxar.didx'), (uuid) => didx([metadata], uuid, T0))
    const sizes = { size: payload.size + metadata.size, compressed_size: payload.blob.length + metadata.blob.length }
    const stats = isFirst ? { count: 2, ...sizes } : { count: 0, size: 0, compressed_size: 0 }
    await expectManifest(folder, manifest, { ...stats, duplicates: 0 })
  }
  await expectChunks(server, [payload, metadata])
})

test('row 37, row 41, row 80: images, whole and incremental, with their configuration, leave the files of PBS', async () => {
  const server = await openServer()
  const zeros = makeChunk(Buffer.alloc(BLOCK), { compressed: true })
  const [a, b] = ['a', 'b'].map((fill) => makeChunk(Buffer.alloc(BLOCK, fill), { compressed: true })) as [Chunk, Chunk]
  const tail = makeChunk(randomBytes(1000))
  const size = 3 * BLOCK + 1000
  const name = 'drive-scsi0.img.fidx'
  const configuration = makeBlob(Buffer.from('cores: 2\n'))
  const digestsOf = (chunks: readonly Chunk[]) => chunks.map(({ digest }) => digest)
  const append = async (connection: Connection, wid: number, places: readonly (readonly [number, Chunk])[]) =>
    dataOf(
      await connection.sendJson('PUT', '/fixed_index', {
        wid,
        'digest-list': places.map(([, { digest }]) => digest),
        'offset-list': places.map(([position]) => position * BLOCK),
      }),
    )

  const first = await server.backup()
  const wid = Number(dataOf(await first.post(`/fixed_index?archive-name=${name}&size=${size}`)))
  for (const chunk of [zeros, a, tail]) await post(first, 'fixed', wid, chunk)
  const whole = [zeros, a, zeros, tail]
  await append(first, wid, [...whole.entries()])
  const csum = fixedCsum(digestsOf(whole))
  dataOf(await first.post(`/fixed_close?chunk-count=4&csum=${csum}&size=${size}&wid=${wid}`))
  const conf = await uploadBlob(first, 'qemu-server.conf.blob', configuration)
  await end(server, first, makeManifest([{ filename: name, size, csum }, conf]))
  await expectIndex(path.join(folderOf(server, 0), name), (uuid) => fidx(digestsOf(whole), size, uuid, T0))
  expect(await readFile(path.join(folderOf(server, 0), 'qemu-server.conf.blob'))).toEqual(configuration)

  const second = await server.backup({ 'backup-time': T0 + 60 })
  const opened = await second.post(`/fixed_index?archive-name=${name}&size=${size}&reuse-csum=${csum}`)
  const again = Number(dataOf(opened))
  await post(second, 'fixed', again, b)
  await append(second, again, [[2, b]])
  const changed = [zeros, a, b, tail]
  const newCsum = fixedCsum(digestsOf(changed))
  dataOf(await second.post(`/fixed_close?chunk-count=1&csum=${newCsum}&size=${size}&wid=${again}`))
  await end(server, second, makeManifest([{ filename: name, size, csum: newCsum }], { time: T0 + 60 }))
  expect((await readdir(folderOf(server, 60))).sort()).toEqual([name, 'index.json.blob'])
  await expectIndex(path.join(folderOf(server, 60), name), (uuid) => fidx(digestsOf(changed), size, uuid, T0))
  await expectChunks(server, [zeros, a, b, tail])
  expect(sha256(await readFile(path.join(folderOf(server, 0), name)))).not.toBe(
    sha256(await readFile(path.join(folderOf(server, 60), name))),
  )
})

test('row 41, row 16: a dry run, which opens a backup and drops it, leaves nothing', async () => {
  const server = await openServer()
  const connection = await server.backup()
  expect(dataOf(await connection.get('/previous_backup_time'))).toBeNull()
  await connection.drop()
  await server.settled()
  expect(await readdir(path.join(server.store.path, 'host'))).toEqual([]) // the folder of a type stays, as in PBS
})
