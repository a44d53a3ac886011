import http2 from 'node:http2'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { bareFrame, expectHealthy, preface, sendRaw } from './testing/hostile.fixture.ts'
import { openServer } from './testing/open-server.fixture.ts'
import { call } from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, type TestServer, tokenHeader } from './testing/server.fixture.ts'

const [HEADERS, SETTINGS, PING, CONTINUATION, WINDOW_UPDATE, PRIORITY] = [1, 4, 6, 9, 8, 2]
const nothing = new Uint8Array()
const settings = bareFrame(SETTINGS, { stream: 0, flags: 0, payload: nothing })

/** HPACK (RFC 7541): POST and https from the static table, the path as a literal. */
function headersOf(path: string): Buffer {
  const bytes = Buffer.from(path)
  return Buffer.concat([Uint8Array.of(0x83, 0x87, 0x04, bytes.length), bytes])
}

/** Sends the flood on a backup connection; the server must cut it and clear away. */
async function expectCut(server: TestServer, frames: readonly Buffer[]): Promise<void> {
  await sendRaw(server, Buffer.concat([preface, settings, ...frames]), false)
  await server.settled()
  expect(server.connections().filter(({ protocol }) => protocol === 'backup')).toEqual([])
}

test('headers without an end are cut off', async () => {
  const server = await openServer()
  const start = bareFrame(HEADERS, { stream: 1, flags: 0, payload: headersOf('/speedtest') })
  const name = Buffer.from('x-filler')
  const value = Buffer.alloc(100, 'a')
  const field = Buffer.concat([Uint8Array.of(0, name.length), name, Uint8Array.of(value.length), value])
  const more = bareFrame(CONTINUATION, { stream: 1, flags: 0, payload: Buffer.concat(Array(100).fill(field)) })
  await expectCut(server, [start, ...Array<Buffer>(3000).fill(more)])
  await expectHealthy(server)
})

test('a header that repeats a large one from the table, again and again, is cut off', async () => {
  const server = await openServer()
  const value = Buffer.alloc(4000, 'a')
  // Literal with indexing: afterwards one byte stands for four thousand.
  const planted = Buffer.concat([Uint8Array.of(0x40, 1), Buffer.from('x'), Uint8Array.of(0x7f, 0xa1, 0x1e), value])
  const repeated = Buffer.alloc(8000, 0xbe)
  const payload = Buffer.concat([headersOf('/speedtest'), planted, repeated])
  await expectCut(server, [
    ...Array.from({ length: 50 }, (_, number) => bareFrame(HEADERS, { stream: 2 * number + 1, flags: 0x05, payload })),
    // What was refused stream by stream may go on; this ends it.
    bareFrame(SETTINGS, { stream: 1, flags: 0, payload: nothing }),
  ])
  await expectHealthy(server)
})

test('frames that break the rules end the connection', async () => {
  const server = await openServer()
  for (const broken of [
    bareFrame(SETTINGS, { stream: 0, flags: 0, payload: new Uint8Array(5) }),
    bareFrame(PING, { stream: 0, flags: 0, payload: new Uint8Array(7) }),
    bareFrame(WINDOW_UPDATE, { stream: 0, flags: 0, payload: new Uint8Array(4) }),
    bareFrame(HEADERS, { stream: 2, flags: 0x05, payload: headersOf('/') }),
    bareFrame(CONTINUATION, { stream: 1, flags: 0x04, payload: nothing }),
  ]) {
    await expectCut(server, [broken])
  }
  await expectHealthy(server)
})

/** Floods that HTTP/2 allows: the server answers or ignores them, and others are served meanwhile. */
test.for([
  ['pings', bareFrame(PING, { stream: 0, flags: 0, payload: new Uint8Array(8) })],
  ['settings', settings],
  ['priorities', bareFrame(PRIORITY, { stream: 1, flags: 0, payload: Uint8Array.of(0, 0, 0, 3, 1) })],
] as const)('a flood of %s does not stop others, nor fill the memory', async ([_name, flood], { expect: check }) => {
  const server = await openServer()
  const socket = await openRaw(server)
  const before = process.memoryUsage.rss()
  socket.write(Buffer.concat([preface, settings]))
  const burst = Buffer.concat(Array<Buffer>(2000).fill(flood))
  // Never reads: the replies pile up, or the server stops to read.
  socket.pause()
  for (let round = 0; round < 50 && !socket.destroyed; round++) {
    socket.write(burst)
    check((await server.call('ping')).status).toBe(200)
  }
  check(process.memoryUsage.rss() - before).toBeLessThan(200 << 20)
  socket.destroy()
  await server.settled()
  await expectHealthy(server)
})

test('requests without their end, and bodies that trickle, hold up nobody', async () => {
  const server = await openServer()
  const connection = await server.backup()
  const streams = Array.from({ length: 32 }, (_, number) => {
    const stream = connection.session.request({ ':method': 'POST', ':path': '/speedtest' })
    stream.on('error', () => undefined)
    stream.write(Buffer.alloc(1 + number))
    return stream
  })
  // All of its streams are in use; other clients do not notice.
  const login = await call(server.port, '/api2/json/version', { headers: tokenHeader(ROOT_TOKEN) })
  expect(login.status).toBe(200)
  const other = await server.backup({ 'backup-id': 'other' })
  expect((await other.get('/')).status).toBe(200)
  await other.drop()
  for (const stream of streams) stream.close(http2.constants.NGHTTP2_CANCEL)
  expect((await connection.get('/')).status).toBe(200)
  await connection.drop()
  await server.settled()
  await expectHealthy(server)
})

test('a flood of requests over HTTP/2 on the API is cut when it breaks the bounds', async () => {
  const server = await openServer()
  const socket = tls.connect({ port: server.port, rejectUnauthorized: false })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const frames = [preface, settings]
  for (let stream = 1; stream < 20_000; stream += 2) {
    frames.push(bareFrame(HEADERS, { stream, flags: 0x04, payload: headersOf('/api2/json/access/ticket') }))
    frames.push(bareFrame(3, { stream, flags: 0, payload: Buffer.alloc(4) }))
  }
  socket.write(Buffer.concat(frames))
  socket.resume()
  await closed
  await expectHealthy(server)
})

/** Upgraded to the backup protocol, with not a byte of HTTP/2 spoken. */
async function openRaw(server: TestServer): Promise<tls.TLSSocket> {
  const socket = tls.connect({ port: server.port, rejectUnauthorized: false })
  socket.on('error', () => undefined)
  const { authorization } = tokenHeader(ROOT_TOKEN)
  socket.write(
    'GET /api2/json/backup?store=tank&backup-type=host&backup-id=flood&backup-time=1717500000 HTTP/1.1\r\n' +
      `host: x\r\nconnection: upgrade\r\nupgrade: proxmox-backup-protocol-v1\r\nauthorization: ${authorization}\r\n\r\n`,
  )
  const reply = await new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(String(data))))
  expect(reply).toMatch(/^HTTP\/1\.1 101 /)
  return socket
}
