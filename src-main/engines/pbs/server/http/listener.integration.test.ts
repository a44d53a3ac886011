import net from 'node:net'
import tls from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createSelfSignedCertificate } from '../tls/self-signed.ts'
import { createListener } from './listener.ts'

async function listen(timeoutMs = 60_000) {
  const listener = createListener({
    ...(await createSelfSignedCertificate({ hosts: ['localhost'], now: Math.floor(Date.now() / 1000) })),
    onRequest: (_request, response) => response.end('here'),
    onUpgrade: (_request, socket) => socket.destroy(),
    onHttp2: (socket) => socket.destroy(),
    isUpgrade: () => false,
    acceptTimeoutMs: timeoutMs,
    headersTimeoutMs: timeoutMs,
  })
  onTestFinished(() => listener.close())
  const { port } = await listener.listen({ host: '127.0.0.1', port: 0 })
  return { listener, port }
}

/** What came until the server closed the connection. */
function received(socket: net.Socket): Promise<string> {
  const pieces: Buffer[] = []
  socket.on('data', (piece) => pieces.push(Buffer.from(piece)))
  socket.on('error', () => undefined)
  return new Promise((resolve) => socket.once('close', () => resolve(Buffer.concat(pieces).toString())))
}

test('who connects and says nothing is cut off', async () => {
  const { port } = await listen(200)
  expect(await received(net.connect(port))).toBe('')
})

test('a TLS handshake that does not go on is cut off', async () => {
  const { port } = await listen(200)
  const socket = net.connect(port)
  socket.write(Buffer.from('1603010200010001fc0303', 'hex'))
  await received(socket)
})

test('a request whose head does not end is cut off, over TLS and in plain', async () => {
  const { port } = await listen(200)
  const secure = tls.connect({ port, rejectUnauthorized: false })
  secure.write('GET / HTTP/1.1\r\nhost: x\r\n')
  const plain = net.connect(port)
  plain.write('GET / HTTP/1.1\r\nhost: x\r\n')
  for (const reply of await Promise.all([received(secure), received(plain)])) {
    expect(reply).toMatch(/^(HTTP\/1\.1 408 |$)/)
  }
})

test('a redirect leads to no place that a strange host name makes up', async () => {
  const { port } = await listen()
  const ask = (host: string) => {
    const socket = net.connect(port)
    socket.write(`GET /api2 HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
    return received(socket)
  }
  expect(await ask('backup.example:8007')).toMatch(
    /^HTTP\/1\.1 301 [\s\S]*location: https:\/\/backup\.example:8007\/api2\r\n/i,
  )
  expect(await ask('evil@example/"><')).toMatch(/^HTTP\/1\.1 400 /)
})

test('closing cuts connections that are open, and may come twice', async () => {
  const { listener, port } = await listen()
  const secure = tls.connect({ port, rejectUnauthorized: false })
  await new Promise((resolve) => secure.once('secureConnect', resolve))
  const ended = received(secure)
  await listener.close()
  await listener.close()
  await ended
})
