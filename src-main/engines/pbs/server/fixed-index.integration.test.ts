import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { finish, type StoredFile } from './testing/backup-steps.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import {
  type Chunk,
  type Connection,
  chunkPath,
  dataOf,
  fixedCsum,
  makeChunk,
  sha256,
} from './testing/raw-client.fixture.ts'
import { T0, type TestServer } from './testing/server.fixture.ts'

const BLOCK = 4 << 20
const NAME = 'drive-scsi0.img.fidx'
/** 5 MiB of zeros: the example of spec pbs §2.5. */
const zeros = makeChunk(Buffer.alloc(BLOCK), { compressed: true })
const zeroTail = makeChunk(Buffer.alloc(1 << 20), { compressed: true })
const EXAMPLE_CSUM = 'f8bd3b7fc59d52351f1518fcecab6a686585ff0a707e9da79d717a1ed108ea2a'

const block = (fill: string | number, size = BLOCK) => makeChunk(Buffer.alloc(size, fill), { compressed: true })

class Image {
  readonly connection: Connection
  readonly wid: number

  constructor(connection: Connection, wid: number) {
    this.connection = connection
    this.wid = wid
  }

  static async open(connection: Connection, query: string): Promise<Image> {
    return new Image(connection, Number(dataOf(await connection.post(`/fixed_index?archive-name=${NAME}${query}`))))
  }

  async upload(...chunks: readonly Chunk[]): Promise<void> {
    for (const chunk of chunks) dataOf(await this.connection.post(chunkPath('fixed', this.wid, chunk), chunk.blob))
  }

  async put(...places: readonly (readonly [offset: number, chunk: Chunk])[]): Promise<string> {
    const { status, text } = await this.connection.sendJson('PUT', '/fixed_index', {
      wid: this.wid,
      'digest-list': places.map(([, chunk]) => chunk.digest),
      'offset-list': places.map(([offset]) => offset),
    })
    return `${status} ${text}`
  }

  async close(count: number, size: number, csum: string): Promise<string> {
    const query = `chunk-count=${count}&csum=${csum}&size=${size}&wid=${this.wid}`
    const { status, text } = await this.connection.post(`/fixed_close?${query}`)
    return `${status} ${text}`
  }
}

const fine = '200 {"data":null}'

async function indexOf(server: TestServer, time: string): Promise<Buffer> {
  return await readFile(path.join(server.store.path, 'host/elsa', time, NAME))
}

async function end(server: TestServer, connection: Connection, file: Omit<StoredFile, 'filename'>, time = T0) {
  await finish(connection, [{ filename: NAME, ...file }], { time })
  await server.settled()
}

test('row 23: an image of declared size, with the example checksum', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const image = await Image.open(connection, `&size=${5 << 20}`)
  await image.upload(zeros, zeroTail)
  expect(await image.put([0, zeros], [BLOCK, zeroTail])).toBe(fine)
  expect(await image.close(2, 5 << 20, EXAMPLE_CSUM)).toBe(fine)
  await end(server, connection, { size: 5 << 20, csum: EXAMPLE_CSUM })
  const file = await indexOf(server, '2024-06-04T11:20:00Z')
  expect(file.subarray(0, 8).toString('hex')).toBe('2f7f41ed91fd0fcd')
  expect([file.readBigUInt64LE(64), file.readBigUInt64LE(72)]).toEqual([BigInt(5 << 20), BigInt(BLOCK)])
  expect(sha256(file.subarray(4096))).toBe(EXAMPLE_CSUM)
})

test('row 23, row 79: an image of unknown size grows until a block is short', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const image = await Image.open(connection, '')
  await image.upload(block('a'), block('b'), zeroTail)
  expect(await image.put([0, block('a')], [BLOCK, block('b')])).toBe(fine)
  expect(await image.put([2 * BLOCK, zeroTail])).toBe(fine)
  expect(await image.put([3 * BLOCK, block('a')])).toMatch(/^400 got chunk with unexpected length/)
  const csum = fixedCsum([block('a').digest, block('b').digest, zeroTail.digest])
  expect(await image.close(3, 2 * BLOCK, csum)).toMatch(/close failed/)
  expect(await image.close(3, 2 * BLOCK + (1 << 20), csum)).toBe(fine)
  await end(server, connection, { size: 2 * BLOCK + (1 << 20), csum })
  expect((await indexOf(server, '2024-06-04T11:20:00Z')).length).toBe(4096 + 96)
})

test('row 24: a fixed index refuses offsets between blocks, beyond its size, and unknown digests', async () => {
  const server = await openServer()
  const image = await Image.open(await server.backup(), `&size=${2 * BLOCK}`)
  await image.upload(zeros, zeroTail)
  expect(await image.put([1024, zeros])).toBe('400 got unaligned chunk (pos = 1024)')
  expect(await image.put([2 * BLOCK, zeros])).toMatch(/^400 chunk data exceeds size/)
  expect(await image.put([0, zeroTail])).toMatch(/^400 .*chunk with unexpected length/)
  expect(await image.put([0, block('x')])).toBe(`400 no such chunk ${block('x').digest}`)
  await image.connection.drop()
})

test('row 25: places are named in any order, and one writer has one short block', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const size = 2 * BLOCK + (1 << 20)
  const image = await Image.open(connection, `&size=${size}`)
  await image.upload(zeroTail, block('b'), block('a'))
  const reply = await connection.post(chunkPath('fixed', image.wid, block('c', 1000)), block('c', 1000).blob)
  expect(`${reply.status} ${reply.text}`).toBe('400 detected multiple end chunks (chunk size too small)')
  const large = makeChunk(randomBytes(BLOCK + 1))
  const tooLarge = await connection.post(chunkPath('fixed', image.wid, large), large.blob)
  expect(`${tooLarge.status} ${tooLarge.text}`).toBe(`400 got large chunk (${BLOCK + 1} > ${BLOCK}`)
  expect(await image.put([2 * BLOCK, zeroTail], [0, block('b')])).toBe(fine)
  expect(await image.put([BLOCK, block('b')], [0, block('a')])).toBe(fine) // the first place a second time
  const csum = fixedCsum([block('a').digest, block('b').digest, zeroTail.digest])
  expect(await image.close(3, size, csum)).toMatch(/close failed - .*4 != 3/)
  expect(await image.close(4, size, csum)).toMatch(/close failed - .*3 != 4/)
  await connection.drop()
})

test('row 23, row 27, row 80: an incremental image starts from the last one and counts what is named', async () => {
  const server = await openServer()
  const size = 2 * BLOCK + (1 << 20)
  const first = await server.backup()
  const base = await Image.open(first, `&size=${size}`)
  await base.upload(block('a'), block('b'), zeroTail)
  await base.put([0, block('a')], [BLOCK, block('b')], [2 * BLOCK, zeroTail])
  const csum = fixedCsum([block('a').digest, block('b').digest, zeroTail.digest])
  expect(await base.close(3, size, csum)).toBe(fine)
  await end(server, first, { size, csum })

  const second = await server.backup({ 'backup-time': T0 + 1 })
  const refused = async (query: string) => {
    const { status, text } = await second.post(`/fixed_index?archive-name=${query}`)
    return `${status} ${text}`
  }
  const other = sha256(Buffer.from('other'))
  expect(await refused(`${NAME}&reuse-csum=${csum}`)).toBe('400 size is required for incremental backups')
  expect(await refused(`x.fidx&size=${size}&reuse-csum=${csum}`)).toMatch(/no previous backup exists for archive/)
  expect(await refused(`${NAME}&size=${size}&reuse-csum=${other}`)).toBe(
    `400 expected csum (${other}) doesn't match last backup's (${csum}), cannot do incremental backup`,
  )
  expect(await refused(`${NAME}&size=${4 * BLOCK}&reuse-csum=${csum}`)).toMatch(/index sizes not equal/)

  const changed = await Image.open(second, `&size=${size}&reuse-csum=${csum}`)
  await changed.upload(block('c'))
  expect(await changed.put([BLOCK, block('c')])).toBe(fine)
  const merged = fixedCsum([block('a').digest, block('c').digest, zeroTail.digest])
  expect(await changed.close(3, size, merged)).toMatch(/close failed/)
  expect(await changed.close(1, 7, merged)).toBe(fine) // the size is not looked at
  await end(server, second, { size, csum: merged }, T0 + 1)

  const third = await server.backup({ 'backup-time': T0 + 2 })
  const unchanged = await Image.open(third, `&size=${size}&reuse-csum=${merged}`)
  expect(await unchanged.close(0, 0, merged)).toBe(fine)
  await end(server, third, { size, csum: merged }, T0 + 2)
  const file = await indexOf(server, '2024-06-04T11:20:02Z')
  expect(sha256(file.subarray(4096))).toBe(merged)
  expect(file.readBigUInt64LE(64)).toBe(BigInt(size))
})

test('§1.5: a writer is opened and closed by JSON as well', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = dataOf(await connection.sendJson('POST', '/fixed_index', { 'archive-name': NAME, size: 5 << 20 }))
  const image = new Image(connection, Number(wid))
  await image.upload(zeros, zeroTail)
  expect(await image.put([0, zeros], [BLOCK, zeroTail])).toBe(fine)
  const claim = { wid, 'chunk-count': 2, size: 5 << 20, csum: EXAMPLE_CSUM }
  expect(dataOf(await connection.sendJson('POST', '/fixed_close', claim))).toBeNull()
  await end(server, connection, { size: 5 << 20, csum: EXAMPLE_CSUM })
})

test('an image may not set aside more than it can need on a word', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const reply = await connection.post(`/fixed_index?archive-name=${NAME}&size=${Number.MAX_SAFE_INTEGER}`)
  expect([reply.status, reply.text]).toEqual([400, `an image of ${Number.MAX_SAFE_INTEGER} bytes is too large`])
  const query = (number: number) => `/fixed_index?archive-name=${number}.fidx&size=${2 ** 45}`
  const statuses: number[] = []
  for (let number = 0; number < 4; number++) statuses.push((await connection.post(query(number))).status)
  expect(statuses).toEqual([200, 200, 400, 400]) // 64 TiB together
  await connection.drop()
})
