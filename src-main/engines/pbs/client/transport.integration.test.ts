import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import tls from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { ProtocolError } from '../../../../src-shared/errors.ts'
import { openServer } from '../server/testing/open-server.fixture.ts'
import { ROOT_TOKEN, T0 } from '../server/testing/server.fixture.ts'
import { createSelfSignedCertificate } from '../server/tls/self-signed.ts'
import { BackupSession } from './backup/backup-session.ts'
import { listDatastores, serverVersion } from './management/datastores.ts'
import { startCuttingProxy } from './testing/cutting-proxy.fixture.ts'
import { openClient, signal } from './testing/open-client.fixture.ts'
import { UntrustedCertificateError } from './transport/connection-failure.ts'
import { proxyFor } from './transport/proxy.ts'

const OTHER = Array.from({ length: 32 }, () => '00').join(':')
const ref = { namespace: '', type: 'host', backupId: 'elsa', time: T0 } as const

test('row 1: without a pin nothing is sent but the handshake, and the error tells what the server showed', async () => {
  const server = await openServer()
  const failure = await listDatastores(openClient(server, { fingerprint: null }), signal).catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(UntrustedCertificateError)
  expect(failure).toMatchObject({ code: 'auth/untrusted', presented: server.fingerprint, expected: undefined })
})

test('row 1: with a wrong pin no byte of a request leaves, on any way into the server', async () => {
  const seen: string[] = []
  const fake = await startFake((socket) => socket.on('data', (bytes) => seen.push(bytes.toString())))
  const client = openClient(fake, { fingerprint: OTHER })
  const user = openClient(fake, { fingerprint: OTHER, authId: 'root@pam' })
  const attempts = await Promise.allSettled([
    listDatastores(client, signal),
    listDatastores(user, signal),
    BackupSession.open(client, { datastore: 'tank', ref }, signal),
    client.upload({ path: 'x' }, new Uint8Array(1), signal),
    client.stream({ path: 'x' }, signal).next(),
  ])
  for (const attempt of attempts) {
    expect(attempt).toMatchObject({
      reason: {
        code: 'auth/untrusted',
        presented: fake.fingerprint,
        expected: OTHER,
      },
    })
  }
  expect(seen).toEqual([])
})

test('row 2: a certificate that an authority vouches for needs no pin, unless it is for another name', async () => {
  const server = await openServer()
  const authorities = [await certificateOf(server.port)]
  const named = openClient(server, { host: 'localhost', fingerprint: null, authorities })
  expect(await listDatastores(named, signal)).toMatchObject([{ store: 'tank' }])
  const renewed = openClient(server, { host: 'localhost', fingerprint: OTHER, authorities })
  expect(await listDatastores(renewed, signal)).toHaveLength(1)
  const other = openClient(server, { host: '127.0.0.1', fingerprint: null, authorities })
  await expect(listDatastores(other, signal)).rejects.toMatchObject({ code: 'auth/untrusted' })
})

test('row 10: the status counts before the body, and the words of the server are told', async () => {
  const server = await openServer()
  const client = openClient(server)
  const asked = client.ask({ method: 'GET', path: 'admin/datastore/none/snapshots' }, signal)
  await expect(asked).rejects.toMatchObject({
    code: 'repository/unknown',
    status: 404,
    text: expect.stringContaining('none'),
  })
  const unknown = client.ask({ method: 'GET', path: 'version', parameters: { nonsense: 1 } }, signal)
  await expect(unknown).rejects.toMatchObject({ status: 400, text: expect.stringContaining('additional properties') })
  expect(await serverVersion(client, signal)).toMatch(/^\d+\.\d+/)
})

test('row 10: an answer that is no JSON, or has no envelope, is an error of the server', async () => {
  for (const body of ['<html>', '[]', '{"data":{"store":1}}', '{"data":[{"comment":"x"}]}']) {
    const fake = await startFake(answering(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`))
    await expect(listDatastores(openClient(fake), signal)).rejects.toBeInstanceOf(ProtocolError)
  }
})

test('row 10: an answer that is cut short, and one that never ends, are errors', async () => {
  const short = await startFake(answering('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"data":[]}', true))
  await expect(listDatastores(openClient(short), signal)).rejects.toMatchObject({ code: 'repository/unreachable' })
  const silent = await startFake(() => undefined)
  const waiting = listDatastores(openClient(silent, { idleTimeoutMs: 50, retryDelaysMs: [] }), signal)
  await expect(waiting).rejects.toMatchObject({
    code: 'repository/unreachable',
    message: expect.stringContaining('in time'),
  })
})

test('row 11: frames of up to 4 MiB and bodies of 16 MiB, many at once', async () => {
  const server = await openServer()
  const session = await BackupSession.open(openClient(server), { datastore: 'tank', ref }, signal)
  const body = Buffer.alloc(16 << 20, 7)
  await Promise.all(Array.from({ length: 6 }, () => session.post('/speedtest', {}, body)))
  await session.close()
})

test('row 85: a proxy that drops upgrades is told as such', async () => {
  for (const answer of [
    'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi',
    'HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 400 Bad Request\r\ncontent-length: 22\r\n\r\nmissing Upgrade header',
  ]) {
    const fake = await startFake(answering(answer))
    const opening = BackupSession.open(openClient(fake), { datastore: 'tank', ref }, signal)
    await expect(opening).rejects.toMatchObject({
      code: 'repository/unreachable',
      hint: expect.stringContaining('does not pass on upgrades'),
    })
  }
})

test('a connection that was kept and is gone does no harm, and reading is tried again', async () => {
  const server = await openServer()
  const proxy = await startCuttingProxy(server.port)
  onTestFinished(() => proxy.close())
  const client = openClient(server, { port: proxy.port })
  expect(await listDatastores(client, signal)).toHaveLength(1)
  proxy.cutNow()
  expect(await listDatastores(client, signal)).toHaveLength(1)
  proxy.cutAfterReceived(100)
  expect(await listDatastores(client, signal)).toHaveLength(1)
  expect(proxy.connections).toBeGreaterThan(2)
})

test('what changes something is not tried twice', async () => {
  let calls = 0
  const fake = await startFake((socket) =>
    socket.once('data', () => {
      calls++
      socket.destroy()
    }),
  )
  const client = openClient(fake)
  await expect(client.ask({ method: 'POST', path: 'x' }, signal)).rejects.toMatchObject({
    code: 'repository/unreachable',
  })
  expect(calls).toBe(1)
  await expect(client.ask({ method: 'GET', path: 'x' }, signal)).rejects.toMatchObject({
    code: 'repository/unreachable',
  })
  expect(calls).toBe(4)
})

test('nothing there, something else there, nobody of that name: each is told', async () => {
  const plain = createTcpServer((socket) => socket.on('data', () => socket.end('220 hello\r\n')))
  const { port } = await listen(plain)
  const server = { port, fingerprint: OTHER }
  await expect(listDatastores(openClient(server), signal)).rejects.toMatchObject({ code: 'repository/unreachable' })
  plain.close()
  await once(plain, 'close')
  const gone = listDatastores(openClient(server), signal)
  await expect(gone).rejects.toMatchObject({ message: expect.stringContaining('nothing listens there') })
})

test('an abort passes through untouched', async () => {
  const silent = await startFake(() => undefined)
  const abort = new AbortController()
  const reason = new Error('the person went away')
  const client = openClient(silent)
  const waiting = Promise.allSettled([
    listDatastores(client, abort.signal),
    BackupSession.open(client, { datastore: 'tank', ref }, abort.signal),
    client.ask({ method: 'POST', path: 'x' }, abort.signal),
  ])
  setImmediate(() => abort.abort(reason))
  for (const each of await waiting) expect(each).toEqual({ status: 'rejected', reason })
})

test('a proxy of the environment is asked for a connection, and hears nothing else', async () => {
  const server = await openServer()
  const asked: string[] = []
  const heard: Buffer[] = []
  const proxy = http.createServer()
  proxy.on('connect', (request, socket: Socket) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']}`)
    if (request.headers['proxy-authorization'] === undefined) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
      return
    }
    const upstream = connect(server.port, '127.0.0.1')
    for (const each of [socket, upstream]) each.on('error', () => undefined)
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    socket.on('data', (bytes: Buffer) => heard.push(bytes))
    socket.pipe(upstream).pipe(socket)
  })
  const { port } = await listen(proxy)
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  // The name is resolved by the proxy, which here takes any to be the server.
  const host = 'pbs.invalid'
  const through = (login: string) =>
    openClient(server, { host, port: 8007, environment: { https_proxy: `http://${login}127.0.0.1:${port}` } })
  const client = through('elsa:secret@')
  expect(await listDatastores(client, signal)).toHaveLength(1)
  const session = await BackupSession.open(client, { datastore: 'tank', ref }, signal)
  expect(await session.directory()).toContain('finish')
  await session.close()
  expect(new Set(asked)).toEqual(new Set([`pbs.invalid:8007 Basic ${Buffer.from('elsa:secret').toString('base64')}`]))
  expect(Buffer.concat(heard).includes(ROOT_TOKEN)).toBe(false)
  await expect(listDatastores(through(''), signal)).rejects.toMatchObject({ hint: 'It wants a name and a password.' })
})

test('no_proxy, all_proxy and loopback', () => {
  const server = { host: 'pbs.example', port: 8007 }
  const https_proxy = 'http://elsa:p%40ss@proxy.example:3128'
  const authorization = `Basic ${Buffer.from('elsa:p@ss').toString('base64')}`
  expect(proxyFor(server, { https_proxy })).toEqual({ host: 'proxy.example', port: 3128, authorization })
  expect(proxyFor(server, { ALL_PROXY: 'proxy.example' })).toEqual({ host: 'proxy.example', port: 80 })
  expect(proxyFor(server, {})).toBeUndefined()
  for (const no_proxy of ['*', 'pbs.example', '.example', 'example', 'a, pbs.example:8007', '*.example']) {
    expect(proxyFor(server, { https_proxy, no_proxy })).toBeUndefined()
  }
  for (const no_proxy of ['', 'other', 'bs.example', 'pbs.example:8008', 'ample']) {
    expect(proxyFor(server, { https_proxy, no_proxy })).toBeDefined()
  }
  for (const host of ['localhost', '127.0.0.1', '::1'])
    expect(proxyFor({ host, port: 1 }, { https_proxy })).toBeUndefined()
  expect(() => proxyFor(server, { https_proxy: 'socks5://proxy' })).toThrowError(
    expect.objectContaining({ code: 'input/invalid' }),
  )
})

async function listen(server: Server): Promise<{ readonly port: number }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0 }
}

/** Something that speaks TLS with a certificate of its own, and then does as the test says. */
async function startFake(onSocket: (socket: tls.TLSSocket) => void) {
  const certificate = await createSelfSignedCertificate({ hosts: ['localhost'], now: T0 })
  const sockets = new Set<Socket>()
  const server = tls.createServer({ key: certificate.key, cert: certificate.certificate }, (socket) => {
    socket.on('error', () => undefined)
    onSocket(socket)
  })
  server.on('connection', (socket: Socket) => sockets.add(socket))
  const { port } = await listen(server)
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port, fingerprint: certificate.fingerprint }
}

function answering(answer: string, ends = false) {
  return (socket: tls.TLSSocket) => {
    socket.on('data', () => (ends ? socket.end(answer) : socket.write(answer)))
  }
}

async function certificateOf(port: number): Promise<string> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const certificate = new X509Certificate(socket.getPeerCertificate().raw).toString()
  socket.destroy()
  return certificate
}
