import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import tls from 'node:tls'
import { MAX_TARGET_BYTES } from '../../wire/request-target.ts'
import { beginsWithPreface } from './sniff.ts'

/** Accepts TLS, and answers plain HTTP on the same port with a redirect (spec pbs §1.1). */

/** First byte of a TLS record with a handshake. */
const TLS_HANDSHAKE = 0x16
const ACCEPT_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 30_000
/** How often Node looks for requests that take too long. */
const CHECK_INTERVAL_MS = 5000
const KEEP_ALIVE_MS = 120_000
/** Connections, of which each can hold buffers: far above what eight backups and their clients' polls need. */
const MAX_CONNECTIONS = 512

export interface ListenerOptions {
  readonly key: string
  readonly certificate: string
  readonly onRequest: (request: http.IncomingMessage, response: http.ServerResponse) => void
  readonly onUpgrade: (request: http.IncomingMessage, socket: Duplex, head: Buffer) => void
  /** A connection that begins with HTTP/2; over TLS only. */
  readonly onHttp2: (socket: tls.TLSSocket) => void
  /** Whether a request with an Upgrade header is one for `onUpgrade`. */
  readonly isUpgrade: (request: http.IncomingMessage) => boolean
  /** From the first byte to the end of the TLS handshake, each. */
  readonly acceptTimeoutMs?: number | undefined
  /** Until the head of a request is whole. */
  readonly headersTimeoutMs?: number | undefined
}

export interface Listener {
  listen(address: { readonly host: string; readonly port: number }): Promise<net.AddressInfo>
  /** New connections are refused, open ones are cut. May be called twice. */
  close(): Promise<void>
}

export function createListener(options: ListenerOptions): Listener {
  const { key, certificate, onRequest, onUpgrade, onHttp2, isUpgrade } = options
  const { acceptTimeoutMs = ACCEPT_TIMEOUT_MS, headersTimeoutMs = HEADERS_TIMEOUT_MS } = options
  const connectionsCheckingInterval = Math.min(CHECK_INTERVAL_MS, headersTimeoutMs)
  const timeouts = { headersTimeout: headersTimeoutMs, connectionsCheckingInterval }
  // Speaks over connections that have their TLS already.
  const api = http.createServer(
    { ...timeouts, keepAliveTimeout: KEEP_ALIVE_MS, shouldUpgradeCallback: isUpgrade },
    onRequest,
  )
  api.on('upgrade', onUpgrade)
  // No ALPN: clients expect HTTP/1.1 and go on from there (§1.1, §11). Some begin with HTTP/2 without asking.
  const secure = tls.createServer(
    { key, cert: certificate, minVersion: 'TLSv1.2', handshakeTimeout: acceptTimeoutMs },
    async (socket) => {
      socket.on('error', () => socket.destroy())
      socket.setTimeout(headersTimeoutMs, () => socket.destroy())
      const isHttp2 = await beginsWithPreface(socket)
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      if (isHttp2) onHttp2(socket)
      else api.emit('connection', socket)
    },
  )
  secure.on('tlsClientError', (_error, socket) => socket.destroy())
  const plain = http.createServer(timeouts, redirect)
  const sockets = new Set<net.Socket>()

  const port = net.createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setTimeout(acceptTimeoutMs, () => socket.destroy())
    socket.once('readable', () => {
      const first: Buffer | null = socket.read(1)
      if (first === null) return socket.destroy()
      socket.setTimeout(0)
      socket.removeAllListeners('timeout')
      socket.unshift(first)
      const server = first[0] === TLS_HANDSHAKE ? secure : plain
      server.emit('connection', socket)
    })
  })
  port.maxConnections = MAX_CONNECTIONS

  return {
    async listen({ host, port: number }) {
      await new Promise<void>((resolve, reject) => {
        port.once('error', reject)
        port.listen(number, host, () => {
          port.removeListener('error', reject)
          resolve()
        })
      })
      // Neither listens itself, and only then Node begins to watch for requests that take too long.
      for (const server of [api, plain]) server.emit('listening')
      // A server that listens on an address has one of this shape.
      return port.address() as net.AddressInfo
    },
    async close() {
      if (!port.listening) return
      const isClosed = new Promise<void>((resolve) => port.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      for (const server of [api, plain]) server.close() // ends the watch
      await isClosed
    },
  }
}

/** 301 keeps GET, 308 keeps the method and the body. */
function redirect(request: http.IncomingMessage, response: http.ServerResponse): void {
  const isReading = request.method === 'GET' || request.method === 'HEAD'
  const host = request.headers.host ?? ''
  const isSane = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(host) && (request.url?.length ?? 0) <= MAX_TARGET_BYTES
  response.writeHead(isSane ? (isReading ? 301 : 308) : 400, {
    connection: 'close',
    'content-length': 0,
    ...(isSane ? { location: `https://${host}${request.url ?? '/'}` } : {}),
  })
  response.end()
}
