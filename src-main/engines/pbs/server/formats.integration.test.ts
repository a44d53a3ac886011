import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { crc32, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { goldenArchive, goldenMetadata, goldenPayload } from '../../../archive/pxar/golden.fixture.ts'
import { finish, openDynamic, uploadBlob, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Chunk, chunkPath, dataOf, makeBlob, makeChunk, sha256 } from './testing/raw-client.fixture.ts'
import { T0 } from './testing/server.fixture.ts'

/** The formats of spec pbs §4 and §7 as they pass through the server. */

const snapshot = (time = T0) => `backup-type=host&backup-id=elsa&backup-time=${time}`
const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString('base64'))

/** §4.1: for encrypted blobs the checksum leaves out IV and tag. */
function encryptedBlob(magic: string, ciphertext: Uint8Array): Buffer {
  const crc = Buffer.alloc(4)
  crc.writeUInt32LE(crc32(ciphertext))
  return Buffer.concat([Buffer.from(magic, 'hex'), crc, randomBytes(32), ciphertext])
}

test('row 34: the four kinds of blobs, with the range that each checksum covers', async () => {
  const server = await openServer()
  const data = Buffer.alloc(5000, 'hello world ')
  const kinds = {
    plain: makeBlob(data),
    compressed: makeBlob(data, { compressed: true }),
    encrypted: encryptedBlob('7b6785be222d4cf0', randomBytes(100)),
    both: encryptedBlob('e6591bbf0bbfd80b', zstdCompressSync(data)),
  }
  expect(makeBlob(Buffer.from('hello world')).toString('hex')).toBe('42ab3807be8370a185114a0d68656c6c6f20776f726c64')
  const connection = await server.backup()
  for (const [name, blob] of Object.entries(kinds)) {
    await uploadBlob(connection, `${name}.blob`, blob)
    expect(await readFile(path.join(server.store.path, 'host/elsa/2024-06-04T11:20:00Z', `${name}.blob`))).toEqual(blob)
    const damaged = Buffer.from(blob)
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1
    const where = `/blob?encoded-size=${blob.length}&file-name=${name}.blob`
    expect((await connection.post(where, damaged)).status).toBe(400)
  }
  // Neither IV nor tag is covered.
  const other = Buffer.from(kinds.encrypted)
  other[12] = (other[12] ?? 0) ^ 1
  await uploadBlob(connection, 'encrypted.blob', other)
  await uploadBlob(connection, 'empty.blob', makeBlob(new Uint8Array()))
  await connection.drop()
})

test('row 36: a plain chunk is known by the digest of its data, an encrypted one by any', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  const data = Buffer.from('hello world')
  const keyed = '29d6770e718a93cf4a7663ddc167cf40c128b67cc20d36bd49adec140981f9d5' // key 00…1f, §4.2
  expect(sha256(data)).toBe('b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9')
  const post = async (chunk: Chunk) => {
    const { status, text } = await connection.post(chunkPath('dynamic', wid, chunk), chunk.blob)
    return `${status} ${text}`
  }
  expect(await post(makeChunk(data))).toBe(`200 {"data":"${sha256(data)}"}`)
  expect(await post({ digest: keyed, size: 11, blob: makeBlob(data) })).toBe('400 detected chunk with wrong digest.')
  const secret = { digest: keyed, size: 11, blob: encryptedBlob('7b6785be222d4cf0', randomBytes(11)) }
  expect(await post(secret)).toBe(`200 {"data":"${keyed}"}`)
  await connection.drop()
})

test('row 51, row 53: every path of unified and split archives is found, from their ends', async () => {
  const server = await openServer()
  const cut = (bytes: Uint8Array, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, part) =>
      makeChunk(bytes.subarray(part * size, (part + 1) * size)),
    )
  const unified = await server.backup()
  await finish(unified, [await uploadDynamic(unified, 'root.pxar.didx', cut(goldenArchive, 50))])
  await server.settled()
  const split = await server.backup({ 'backup-time': T0 + 1 })
  // Padding between the payloads, as a reused chunk leaves it: here behind the last one, before the tail.
  const tail = goldenPayload.subarray(-16)
  const padded = Buffer.concat([goldenPayload.subarray(0, -16), randomBytes(100), tail])
  const files = [
    await uploadDynamic(split, 'root.ppxar.didx', cut(padded, 30)),
    await uploadDynamic(split, 'root.mpxar.didx', cut(goldenMetadata, 50)),
  ]
  await finish(split, files, { time: T0 + 1 })
  await server.settled()
  for (const [time, name] of [
    [T0, 'root.pxar.didx'],
    [T0 + 1, 'root.mpxar.didx'],
  ] as const) {
    const file = async (where: string) => {
      const query = `${snapshot(time)}&archive-name=${name}&filepath=${encode(where)}`
      const { status, text } = await server.call(`admin/datastore/tank/pxar-file-download?${query}`)
      return `${status} ${text}`
    }
    expect(await file('/a.txt')).toBe('200 hello')
    expect(await file('/c')).toBe('200 hello') // a hard link
    expect(await file('/d/e')).toBe('200 ')
    expect(await file('/none')).toMatch(/^404 /)
    expect(await file('/a.txt/x')).toMatch(/^404 /)
    expect(await file('/b')).toMatch(/^400 /) // a symbolic link is none of the things that can be downloaded
  }
})

test('row 56: an archive with the old stat is listed and read', async () => {
  const server = await openServer()
  const u64 = (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(value)
    return bytes
  }
  const item = (type: bigint, body: Uint8Array) => Buffer.concat([u64(type), u64(BigInt(16 + body.length)), body])
  const seconds = 1_600_000_000n
  /** §7.2: mode, flags, uid, gid, and nanoseconds as one number. */
  const entryV1 = (mode: bigint) =>
    item(0x11da850a1c1cceffn, Buffer.concat([u64(mode), u64(0n), u64(0n), u64(seconds * 1_000_000_000n + 7n)]))
  const root = entryV1(0o040755n)
  const file = Buffer.concat([
    item(0x16701121063917b3n, Buffer.from('b\0')),
    entryV1(0o100644n),
    item(0x28147a1b0b7c1a25n, Buffer.from('old')),
  ])
  const goodbyeAt = BigInt(root.length + file.length)
  const row = Buffer.concat([u64(0x4d1da3f512e8c733n), u64(BigInt(file.length)), u64(BigInt(file.length))])
  const end = Buffer.concat([u64(0xef5eed5b753e1555n), u64(goodbyeAt), u64(64n)])
  const archive = Buffer.concat([root, file, item(0x2fec4fa642d5731dn, Buffer.concat([row, end]))])
  const connection = await server.backup()
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', [makeChunk(archive)])])
  await server.settled()
  const where = (call: string, file: string) =>
    `admin/datastore/tank/${call}?${snapshot()}&archive-name=root.pxar.didx&filepath=${encode(file)}`
  expect(await server.data(where('catalog', '/'))).toEqual([
    expect.objectContaining({ text: 'b', type: 'f', size: 3, mtime: Number(seconds) }),
  ])
  expect((await server.call(where('pxar-file-download', '/b'))).text).toBe('old')
})

test('row 57: the catalog of a large folder is read, its numbers of every length', async () => {
  const server = await openServer()
  /** §7.9, written here once more: a block of files below one archive. */
  const varint = (value: number) => {
    const bytes: number[] = []
    for (let rest = BigInt(value); ; rest >>= 7n) {
      if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
      bytes.push(Number(rest & 127n) | 128)
    }
  }
  const sizes = Array.from({ length: 300 }, (_, number) => 2 ** (number % 53))
  const names = sizes.map((_, number) => `file-${String(number).padStart(4, '0')}`)
  const entries = names.map((name, number) =>
    Buffer.concat([
      Buffer.from('f'),
      varint(name.length),
      Buffer.from(name),
      varint(sizes[number] ?? 0),
      varint(number),
    ]),
  )
  const block = (table: Buffer) => Buffer.concat([varint(table.length), table])
  const files = block(Buffer.concat([varint(entries.length), ...entries]))
  const archive = 'root.pxar.didx'
  const rootTable = Buffer.concat([
    varint(1),
    Buffer.from('d'),
    varint(archive.length),
    Buffer.from(archive),
    varint(files.length),
  ])
  const rootAt = Buffer.alloc(8)
  rootAt.writeBigUInt64LE(BigInt(8 + files.length))
  const catalog = Buffer.concat([Buffer.from('91fd60f9c46758d5', 'hex'), files, block(rootTable), rootAt])
  const connection = await server.backup()
  const chunks = [makeChunk(catalog.subarray(0, 1000)), makeChunk(catalog.subarray(1000))]
  await finish(connection, [await uploadDynamic(connection, 'catalog.pcat1.didx', chunks)])
  await server.settled()
  const listed = await server.data(`admin/datastore/tank/catalog?${snapshot()}&filepath=${encode(archive)}`)
  const items = listed as { text: string; size: number; mtime: number }[]
  expect(items.map(({ text, size, mtime }) => [text, size, mtime])).toEqual(
    names.map((name, number) => [name, sizes[number], number]),
  )
  expect(dataOf(await server.call(`admin/datastore/tank/catalog?${snapshot()}&filepath=root`))).toHaveLength(1)
})

test('row 58: what is stored as an archive and is none is refused when someone looks into it', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const files = [
    await uploadDynamic(connection, 'root.pxar.didx', [makeChunk(randomBytes(500))]),
    await uploadDynamic(connection, 'catalog.pcat1.didx', [makeChunk(randomBytes(500))]),
  ]
  await finish(connection, files)
  await server.settled()
  for (const where of [
    'catalog?filepath=root',
    `catalog?filepath=${encode('root.pxar.didx')}`,
    'catalog?archive-name=root.pxar.didx&filepath=root',
    `pxar-file-download?filepath=${encode('root.pxar.didx/a')}`,
  ]) {
    const { status, text } = await server.call(`admin/datastore/tank/${where}&${snapshot()}`)
    expect([where, status, text.includes('internal')]).toEqual([where, 400, false])
  }
})
