/**
 * The plain pair: bodies of four megabytes through TLS and Node's HTTP/2 with the settings of the engine, and nothing else.
 * `node bench/pbs-transport.ts serve` prints its port; `node bench/pbs-transport.ts send <port> <bytes>` what sending took.
 */
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { createSelfSignedCertificate } from '../src-main/engines/pbs/server/tls/self-signed.ts'
import { MAX_FRAME_BYTES, SERVER_WINDOW_BYTES } from '../src-main/engines/pbs/wire/upgrade.ts'

const bodyBytes = 4 << 20
/** As many as our server takes at once. */
const streams = 6

const [action, port = '', bytes = ''] = process.argv.slice(2)
if (action === 'serve') await serve()
else await send(Number(port), Number(bytes))

async function serve(): Promise<void> {
  const { key, certificate } = await createSelfSignedCertificate({ hosts: ['localhost'], now: Date.now() / 1000 })
  const server = tls.createServer({ key, cert: certificate }, (socket) => {
    const session = http2.performServerHandshake(socket, {
      settings: {
        initialWindowSize: SERVER_WINDOW_BYTES,
        maxFrameSize: MAX_FRAME_BYTES,
        maxConcurrentStreams: streams,
      },
    })
    session.setLocalWindowSize(SERVER_WINDOW_BYTES)
    session.on('error', () => undefined)
    session.on('stream', (stream) => {
      stream.resume()
      stream.once('end', () => {
        stream.respond({ ':status': 200 })
        stream.end()
      })
    })
  })
  // A server that listens on an address has one of this shape.
  server.listen(0, '127.0.0.1', () => console.log(JSON.stringify((server.address() as AddressInfo).port)))
}

async function send(to: number, total: number): Promise<void> {
  const socket = tls.connect({ port: to, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const session = http2.connect('https://localhost', { createConnection: () => socket, maxSessionMemory: 256 })
  await once(session, 'remoteSettings')
  const body = Buffer.alloc(bodyBytes, 0xaa)
  let left = total
  const post = async () => {
    while (left > 0) {
      const part = body.subarray(0, Math.min(left, bodyBytes))
      left -= part.length
      const stream = session.request({ ':method': 'POST', 'content-length': part.length })
      stream.resume().end(part)
      await once(stream, 'close')
    }
  }
  const [before, since] = [process.cpuUsage(), performance.now()]
  await Promise.all(Array.from({ length: streams }, post))
  const { user, system } = process.cpuUsage(before)
  console.log(JSON.stringify({ seconds: (performance.now() - since) / 1000, cpuSeconds: (user + system) / 1e6 }))
  session.destroy()
}
