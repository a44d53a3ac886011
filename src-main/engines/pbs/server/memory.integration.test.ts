import { randomFillSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { finish, nameDynamic, openDynamic, type StoredFile } from './testing/backup-steps.fixture.ts'
import {
  type Chunk,
  type Connection,
  call,
  chunkPath,
  dataOf,
  fixedCsum,
  makeChunk,
} from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, tokenHeader } from './testing/server.fixture.ts'
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

/** Lets the server verify everything, on its own threads. */
async function expectVerified(server: ServerProcess, snapshots: number): Promise<void> {
  const headers = tokenHeader(ROOT_TOKEN)
  const ask = async (path: string, method = 'GET') =>
    dataOf(await call(server.port, `/api2/json/${path}`, { method, headers }))
  const upid = encodeURIComponent(String(await ask('admin/datastore/tank/verify', 'POST')))
  const status = () => ask(`nodes/localhost/tasks/${upid}/status`)
  await expect.poll(status, { interval: 100 }).toMatchObject({ status: 'stopped', exitstatus: 'OK' })
  const list = (await ask('admin/datastore/tank/snapshots')) as { verification: { state: string } }[]
  expect(list.map(({ verification }) => verification.state)).toEqual(Array.from({ length: snapshots }, () => 'ok'))
}

test('row 79: an image of 10 GiB goes in and out through less than 400 MiB of memory', async () => {
  const server = await startServerProcess()
  const connection = await server.connect('backup', { 'backup-time': T0 })
  const size = 10 * 2 ** 30
  const count = size / BLOCK
  const wid = Number(dataOf(await connection.post(`/fixed_index?archive-name=disk.img.fidx&size=${size}`)))
  // A quarter is sent, decoded, hashed and stored, the rest named again, as an image of many equal blocks is.
  const blocks = Array.from({ length: count / 4 }, (_, number) =>
    makeChunk(Buffer.alloc(BLOCK, `block ${number} `), { compressed: true }),
  )
  const at = (position: number) => blocks[position % blocks.length] as Chunk // there are some
  const all = Array.from({ length: count }, (_, position) => at(position))
  await uploadAll(connection, 'fixed', wid, blocks)
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

test('eight backups at once of data that does not compress are each complete, within 400 MiB', async () => {
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
  await expectVerified(server, clients.length)
  expect(await server.peakMiB()).toBeLessThan(MAX_MIB)
})
