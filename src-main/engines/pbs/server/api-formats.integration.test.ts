import http2 from 'node:http2'
import tls from 'node:tls'
import { inflateSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { openServer } from './testing/open-server.fixture.ts'
import { call } from './testing/raw-client.fixture.ts'
import { ROOT_TOKEN, T0, target, tokenHeader } from './testing/server.fixture.ts'

/** A client that begins with HTTP/2 and does not ask by ALPN. */
async function connectHttp2(port: number) {
  const socket = tls.connect({ port, rejectUnauthorized: false })
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  const session = http2.connect('https://localhost:8007', { createConnection: () => socket })
  onTestFinished(() => session.destroy())
  return (path: string, headers: Record<string, string> = tokenHeader(ROOT_TOKEN), body?: string) =>
    new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const stream = session.request({ ':path': path, ...headers }, { endStream: body === undefined })
      const pieces: Buffer[] = []
      let status = 0
      stream.on('response', (response) => {
        status = response[':status'] ?? 0
      })
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => resolve({ status, text: Buffer.concat(pieces).toString() }))
      stream.on('error', reject)
      if (body !== undefined) stream.end(body)
    })
}

test('§1.1: an ordinary API connection may begin with HTTP/2', async () => {
  const server = await openServer()
  const ask = await connectHttp2(server.port)
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask('/api2/json/version')))
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  expect(JSON.parse(replies[0]?.text ?? '')).toMatchObject({ data: { version: '4.2' } })
  expect(await ask('/api2/json/ping', {})).toEqual({ status: 200, text: '{"data":{"pong":true}}' })
  expect((await ask('/api2/json/version', {})).status).toBe(401)
  const json = { ...tokenHeader(ROOT_TOKEN), ':method': 'POST', 'content-type': 'application/json' }
  const created = await ask('/api2/json/admin/datastore/tank/namespace', json, '{"name":"a"}')
  expect(created).toEqual({ status: 200, text: '{"data":"a"}' })
  // It cannot upgrade: there is nothing to upgrade from.
  const query = new URLSearchParams(
    Object.entries(target).map(([key, value]): [string, string] => [key, String(value)]),
  )
  expect(await ask(`/api2/json/backup?${query}`)).toEqual({ status: 400, text: 'missing Upgrade header' })
})

test('a first byte that comes alone, and a method that begins like HTTP/2, are both understood', async () => {
  const server = await openServer()
  const ask = async (pieces: readonly string[]) => {
    const socket = tls.connect({ port: server.port, rejectUnauthorized: false })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    const reply = new Promise<string>((resolve) => socket.once('data', (data: Buffer) => resolve(data.toString())))
    for (const piece of pieces) {
      socket.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const text = await reply
    socket.destroy()
    return text.split('\r\n')[0]
  }
  const rest = ' /api2/json/ping HTTP/1.1\r\nhost: x\r\n\r\n'
  expect(await ask(['G', 'E', `T${rest}`])).toBe('HTTP/1.1 200 OK')
  expect(await ask(['P', 'R', `OPFIND${rest}`])).toMatch(/^HTTP\/1\.1 40\d/)
  expect(await ask(['P', `UT${rest}`])).toMatch(/^HTTP\/1\.1 40\d/)
})

test('§1.4: /api2/extjs is always 200 and says in its body how it went', async () => {
  const server = await openServer()
  const ask = async (path: string, headers: Record<string, string> = tokenHeader(ROOT_TOKEN), method = 'GET') => {
    const reply = await call(server.port, `/api2/extjs/${path}`, { headers, method })
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'application/json;charset=UTF-8'])
    return JSON.parse(reply.text) as object
  }
  expect(await ask('ping', {})).toEqual({ success: true, data: { pong: true } })
  expect(await ask('nodes/localhost/tasks')).toEqual({ success: true, data: [], total: 0 })
  expect(await ask('version', {})).toMatchObject({ success: false, status: 401, errors: {} })
  expect(await ask('nothing')).toEqual({
    success: false,
    status: 404,
    message: "Path '/nothing' not found.",
    errors: {},
  })
  expect(await ask('admin/datastore/tank/namespace?more=1', undefined, 'POST')).toEqual({
    success: false,
    status: 400,
    message: 'parameter verification errors',
    errors: {
      name: 'parameter is missing and it is not optional.',
      more: 'schema does not allow additional properties',
    },
  })
  // Neither protocol is reached through it.
  expect(await ask('backup?store=tank')).toMatchObject({ success: false, message: 'missing Upgrade header' })
  expect((await call(server.port, '/api2/xml/ping')).status).toBe(404)
})

test('§1.4: a long listing is deflated for who offers it', async () => {
  const server = await openServer()
  for (let number = 0; number < 60; number++) {
    await server.data(`admin/datastore/tank/namespace?name=namespace-${number}`, { method: 'POST' })
  }
  const list = (encoding: string) =>
    server.call('admin/datastore/tank/namespace', {
      headers: { ...tokenHeader(ROOT_TOKEN), 'accept-encoding': encoding },
    })
  const plain = await list('gzip, deflate;q=0')
  expect(plain.headers['content-encoding']).toBeUndefined()
  for (const encoding of ['deflate', 'gzip, deflate;q=0.5, *;q=0']) {
    const packed = await list(encoding)
    expect([packed.headers['content-encoding'], packed.headers['content-length']]).toEqual([
      'deflate',
      String(packed.bytes.length),
    ])
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2)
    expect(inflateSync(packed.bytes).toString()).toBe(plain.text)
  }
  const short = await server.call('ping', { headers: { 'accept-encoding': 'deflate' } })
  expect([short.text, short.headers['content-encoding']]).toEqual(['{"data":{"pong":true}}', undefined])
})

test('the node: identity, state, time and the one known point of its series', async () => {
  const server = await openServer()
  expect(await server.data('nodes')).toEqual([{ node: 'keep' }])
  const identity = await server.data('nodes/localhost/identity')
  expect(identity).toEqual({
    'pbs-instance-id': expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  })
  expect(await server.data('nodes/keep/identity')).toEqual(identity)
  expect(await server.data('nodes/localhost/status')).toMatchObject({
    info: { fingerprint: server.fingerprint },
    memory: { total: expect.any(Number), used: expect.any(Number), free: expect.any(Number) },
    root: { total: expect.any(Number) },
    loadavg: [expect.any(Number), expect.any(Number), expect.any(Number)],
  })
  expect(await server.data('nodes/localhost/time')).toMatchObject({ time: T0 })
  expect(await server.data('nodes/localhost/rrd?timeframe=hour&cf=AVERAGE')).toMatchObject([{ time: T0 }])
  expect(await server.data('admin/datastore/tank/rrd?timeframe=day&cf=MAX')).toMatchObject([
    { time: T0, total: expect.any(Number), used: expect.any(Number), available: expect.any(Number) },
  ])
  expect((await server.call('nodes/localhost/rrd?timeframe=fortnight&cf=MAX')).status).toBe(400)
  for (const path of ['identity', 'status', 'time', 'rrd?timeframe=hour&cf=MAX'])
    expect((await server.call(`nodes/elsewhere/${path}`)).status).toBe(404)
})
