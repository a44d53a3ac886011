import { randomFillSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { openDatastore } from '../../../storage/datastore/datastore.ts'
import { verifyDatastore } from '../../../storage/datastore/verify.ts'
import type { ChunkOpener } from '../../../storage/datastore/verify-chunks.ts'
import { openChunk } from '../../../storage/seal/open-chunk.ts'
import { finish, nameDynamic, openDynamic, type StoredFile } from './testing/backup-steps.fixture.ts'
import { type Chunk, type Connection, chunkPath, dataOf, fixedCsum, makeChunk } from './testing/raw-client.fixture.ts'
import { T0 } from './testing/server.fixture.ts'
import { type ServerProcess, startServerProcess } from './testing/server-process.fixture.ts'

const BLOCK = 4 << 20
const MAX_MIB = 400
const IN_FLIGHT = 24

/** Uploads with many requests under way, as the original client does. */
async function uploadAll(connection: Connection, kind: 'dynamic' | 'fixed', wid: number, chunks: Iterable<Chunk>) {
  const running = new Set<Promise<unknown>>()
  for (const chunk of chunks) {
    const upload = connection
      .post(chunkPath(kind, wid, chunk), chunk.blob)
      .then(dataOf)
      .finally(() => running.delete(upload))
    running.add(upload)
    if (running.size >= IN_FLIGHT) await Promise.race(running)
  }
  await Promise.all(running)
}

async function expectVerified(server: ServerProcess, snapshots: number): Promise<void> {
  const store = await openDatastore(server.storePath)
  const opener: ChunkOpener = {
    async open(blob, expected) {
      openChunk(blob, expected)
    },
  }
  const report = await verifyDatastore(
    store,
    {
      taskId: 'UPID:test:00000001:00000001:00000001:665F0A10:verify:tank:root@pam:',
      openerFor: () => opener,
      concurrency: 4,
    },
    new AbortController().signal,
  )
  expect(report.snapshots.map(({ state }) => state)).toEqual(Array.from({ length: snapshots }, () => 'ok'))
}

test('row 79: an image of 10 GiB goes in and out through less than 400 MiB of memory', {
  timeout: 120_000,
}, async () => {
  const server = await startServerProcess()
  const connection = await server.connect('backup', { 'backup-time': T0 })
  const size = 10 * 2 ** 30
  const count = size / BLOCK
  const wid = Number(dataOf(await connection.post(`/fixed_index?archive-name=disk.img.fidx&size=${size}`)))
  // Every block is uploaded, decoded and hashed; so that this test is not, one in eight is new.
  const blocks = Array.from({ length: count / 8 }, (_, number) =>
    makeChunk(Buffer.alloc(BLOCK, `block ${number} `), { compressed: true }),
  )
  const at = (position: number) => blocks[position % blocks.length] as Chunk // there are some
  const all = Array.from({ length: count }, (_, position) => at(position))
  await uploadAll(connection, 'fixed', wid, all)
  for (let from = 0; from < count; from += 64) {
    const positions = Array.from({ length: 64 }, (_, step) => from + step)
    const lists = {
      'digest-list': positions.map((position) => at(position).digest),
      'offset-list': positions.map((position) => position * BLOCK),
    }
    dataOf(await connection.sendJson('PUT', '/fixed_index', { wid, ...lists }))
  }
  const csum = fixedCsum(all.map(({ digest }) => digest))
  dataOf(await connection.post(`/fixed_close?chunk-count=${count}&csum=${csum}&size=${size}&wid=${wid}`))
  await finish(connection, [{ filename: 'disk.img.fidx', size, csum }])

  const reader = await server.connect('reader', { 'backup-time': T0 })
  expect((await reader.get('/download?file-name=disk.img.fidx')).bytes.length).toBe(4096 + 32 * count)
  for (const { digest, blob } of blocks) expect((await reader.get(`/chunk?digest=${digest}`)).bytes).toEqual(blob)
  await reader.drop()
  expect(await server.peakMiB()).toBeLessThan(MAX_MIB)
})

test('eight backups at once of data that does not compress are each complete, within 400 MiB', {
  timeout: 120_000,
}, async () => {
  const server = await startServerProcess()
  const noise = randomFillSync(Buffer.alloc(BLOCK))
  const clients = Array.from({ length: 8 }, (_, client) => client)
  await Promise.all(
    clients.map(async (client) => {
      const id = `client-${client}`
      const connection = await server.connect('backup', { 'backup-id': id })
      const wid = await openDynamic(connection, 'root.pxar.didx')
      const chunks: Pick<Chunk, 'digest' | 'size'>[] = []
      await uploadAll(
        connection,
        'dynamic',
        wid,
        (function* () {
          for (let number = 0; number < 16; number++) {
            const data = Buffer.from(noise)
            data.writeUInt32LE(number) // every second block is the same for all clients
            if (number % 2 === 1) data.writeUInt32LE(client, 4)
            const chunk = makeChunk(data)
            chunks.push({ digest: chunk.digest, size: chunk.size })
            yield chunk
          }
        })(),
      )
      const file: StoredFile = await nameDynamic(connection, { wid, name: 'root.pxar.didx' }, chunks)
      await finish(connection, [file], { id })
    }),
  )
  expect(await server.peakMiB()).toBeLessThan(MAX_MIB)
  await expectVerified(server, clients.length)
})
