import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import http2 from 'node:http2'
import path from 'node:path'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { finish, openDynamic, uploadDynamic } from './testing/backup-steps.fixture.ts'
import { bareFrame, expectHealthy, frame, preface, sendRaw } from './testing/hostile.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { type Connection, chunkPath, dataOf, makeChunk } from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, target, tokenHeader } from './testing/server.fixture.ts'

const hello = makeChunk(Buffer.from('hello world'))

test('bytes that are no HTTP/2 end the connection and leave nothing', async () => {
  const server = await openServer()
  await sendRaw(server, Buffer.from('GET / HTTP/1.1\r\n\r\n'), false)
  await server.settled()
  await sendRaw(server, randomBytes(1000), true)
  await server.settled()
  await sendRaw(server, Buffer.concat([preface, frame(0, 1, Buffer.alloc(10))]), false) // data of a stream that is not open
  await server.settled()
  expect(await readdir(server.store.path)).not.toContain('vm')
  await expectHealthy(server)
})

test('a frame larger than announced ends the connection', async () => {
  const server = await openServer()
  const head = Buffer.alloc(9)
  head.writeUIntBE(0xff_ffff, 0, 3)
  await sendRaw(server, Buffer.concat([preface, head, randomBytes(100)]), false)
  await server.settled()
  await expectHealthy(server)
})

test('a client that speaks before it has read 101 is served', async () => {
  const server = await openServer()
  const socket = tls.connect({ port: server.port, rejectUnauthorized: false })
  const query = new URLSearchParams(
    Object.entries(target).map(([key, value]): [string, string] => [key, String(value)]),
  )
  const { authorization } = tokenHeader(ROOT_TOKEN)
  socket.write(
    `GET /api2/json/backup?${query} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n` +
      `upgrade: proxmox-backup-protocol-v1\r\nauthorization: ${authorization}\r\n\r\n`,
  )
  socket.write(Buffer.concat([preface, frame(4, 0, Buffer.alloc(0))]))
  const received: Buffer[] = []
  const settings = new Promise<void>((resolve) =>
    socket.on('data', (data: Buffer) => {
      received.push(data)
      const all = Buffer.concat(received)
      const end = all.indexOf('\r\n\r\n')
      if (end >= 0 && all.length >= end + 4 + 9 && all[end + 4 + 3] === 4) resolve()
    }),
  )
  await settings
  socket.destroy()
  await server.settled()
})

test('streams opened and reset in a flood end the connection, not the server', async () => {
  const server = await openServer()
  const path = Buffer.from('/speedtest')
  // HPACK (RFC 7541): POST and https from the static table, the path as a literal.
  const headers = Buffer.concat([Uint8Array.of(0x83, 0x87, 0x04, path.length), path])
  const frames = [preface, frame(4, 0, new Uint8Array())]
  for (let stream = 1; stream < 20_000; stream += 2) {
    frames.push(bareFrame(1, { stream, flags: 0x04, payload: headers }))
    frames.push(bareFrame(3, { stream, flags: 0, payload: Buffer.alloc(4) }))
  }
  await sendRaw(server, Buffer.concat(frames), false)
  await server.settled()
  await expectHealthy(server)
})

test('more uploads at once than the server takes wait their turn', async () => {
  const server = await openServer()
  const connection = await server.backup()
  expect(connection.session.remoteSettings?.maxConcurrentStreams).toBe(6)
  const chunks = Array.from({ length: 200 }, () => makeChunk(randomBytes(30_000)))
  await finish(connection, [await uploadDynamic(connection, 'root.pxar.didx', chunks)])
  await expectHealthy(server)
})

test('a client that never reads its chunks does not fill the memory of the server', async () => {
  const server = await openServer()
  const chunks = Array.from({ length: 16 }, () => makeChunk(randomBytes(2 << 20)))
  const backup = await server.backup()
  await finish(backup, [await uploadDynamic(backup, 'root.pxar.didx', chunks)])
  await server.settled()
  const reader = await server.reader()
  dataOf({ ...(await reader.get('/download?file-name=root.pxar.didx')), text: '{}' })
  for (const { digest } of chunks) {
    const stream = reader.session.request({ ':path': `/chunk?digest=${digest}` })
    stream.on('error', () => undefined)
    stream.pause()
  }
  // Others are answered meanwhile.
  expect((await reader.get('/')).status).toBe(200)
  expect((await server.call('ping')).status).toBe(200)
  await reader.drop()
  await server.settled()
  await expectHealthy(server)
})

test('a stream that is reset in the middle of its body is only that', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  await resetHalfWay(connection, wid)
  dataOf(await connection.post(chunkPath('dynamic', wid, hello), hello.blob))
  await connection.drop()
  await server.settled()
  await expectHealthy(server)
})

test('when the server closes, unfinished backups are cleared away first', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const wid = await openDynamic(connection, 'root.pxar.didx')
  await resetHalfWay(connection, wid)
  expect(await readdir(path.join(server.store.path, 'host'))).toEqual(['elsa'])
  const folder = server.store.path
  const names = async () => await readdir(path.join(folder, 'host')).catch(() => [])
  await server.closeServer()
  expect(await names()).toEqual([])
})

async function resetHalfWay(connection: Connection, wid: number): Promise<void> {
  const large = makeChunk(randomBytes(1 << 20))
  const stream = connection.session.request({ ':method': 'POST', ':path': chunkPath('dynamic', wid, large) })
  stream.on('error', () => undefined)
  stream.write(large.blob.subarray(0, 300_000))
  await connection.get('/previous_backup_time')
  stream.close(http2.constants.NGHTTP2_CANCEL)
  await connection.get('/previous_backup_time')
}
