import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
} from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { CallHandler } from './call-handler.ts'

export interface ServerCertificate {
  /** PEM. */
  readonly key: string
  readonly certificate: string
}

export interface Connection {
  readonly address: string
  readonly sinceMs: number
}

export interface ListenerOptions {
  readonly tls: ServerCertificate | undefined
  readonly handler: CallHandler
  readonly keepaliveMs: number
  connected(address: string): void
  disconnected(address: string): void
  now(): number
}

/** Peers that open more streams than this on one connection are not ours. */
const maximumStreams = 2000
/** MiB of memory that one connection may take; Node's 10 are too few for hundreds of job streams. */
const sessionMemoryMiB = 64
const headerTimeoutMs = 5_000
const idleTimeoutMs = 120_000

/** HTTP/2 for gRPC: plain or with TLS. Peers that do not answer a ping any more are let go. */
export class Http2Listener {
  readonly #server: Http2Server | Http2SecureServer
  readonly #sessions = new Map<ServerHttp2Session, Connection>()
  readonly #options: ListenerOptions

  constructor(options: ListenerOptions) {
    this.#options = options
    const common = { settings: { maxConcurrentStreams: maximumStreams }, maxSessionMemory: sessionMemoryMiB }
    const { tls } = options
    this.#server =
      tls === undefined
        ? createServer(common, options.handler)
        : createSecureServer({ ...common, key: tls.key, cert: tls.certificate, minVersion: 'TLSv1.2' }, options.handler)
    this.#server.on('session', (session) => this.#welcome(session))
    // A handshake that fails or a peer that speaks nonsense is the end of that connection, not of the server.
    this.#server.on('sessionError', () => undefined)
    this.#server.on('error', () => undefined)
  }

  async listen(host: string, port: number): Promise<number> {
    return await bind(this.#server, host, port)
  }

  connections(): readonly Connection[] {
    return [...this.#sessions.values()]
  }

  /** Lets calls end for `graceMs`, then ends them. */
  async close(graceMs: number): Promise<void> {
    const sessions = [...this.#sessions.keys()]
    const closed = Promise.all([
      new Promise<void>((resolve) => this.#server.close(() => resolve())),
      ...sessions.map((session) => new Promise<void>((resolve) => session.once('close', resolve))),
    ])
    for (const session of sessions) session.close()
    const timer = setTimeout(() => {
      for (const session of this.#sessions.keys()) session.destroy()
    }, graceMs)
    await closed
    clearTimeout(timer)
  }

  #welcome(session: ServerHttp2Session): void {
    const { now, connected, disconnected, keepaliveMs } = this.#options
    const { remoteAddress = '', remotePort = 0 } = session.socket
    const address = `${remoteAddress}:${remotePort}`
    this.#sessions.set(session, { address, sinceMs: now() })
    connected(address)
    const keepalive = setInterval(() => ping(session, keepaliveMs), keepaliveMs)
    keepalive.unref()
    session.on('error', () => undefined)
    session.on('close', () => {
      clearInterval(keepalive)
      this.#sessions.delete(session)
      disconnected(address)
    })
  }
}

/** The optional second listener, for browsers: gRPC-Web from any origin (section 3). */
export function createWebListener(handler: CallHandler, tls: ServerCertificate | undefined) {
  const limits = { headersTimeout: headerTimeoutMs, keepAliveTimeout: idleTimeoutMs }
  const withCors: CallHandler = (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', 'grpc-status, grpc-message, grpc-status-details-bin')
    if (request.method !== 'OPTIONS') {
      handler(request, response)
      return
    }
    response.setHeader('access-control-allow-methods', 'POST')
    response.setHeader('access-control-allow-headers', '*, authorization')
    response.statusCode = 204
    response.end()
  }
  const server: HttpServer =
    tls === undefined
      ? createHttpServer(limits, withCors)
      : createHttpsServer({ ...limits, key: tls.key, cert: tls.certificate }, withCors)
  return {
    listen: (host: string, port: number) => bind(server, host, port),
    close: async (graceMs: number): Promise<void> => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const timer = setTimeout(() => server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(timer)
    },
  }
}

/** Whether only programs of this computer can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function ping(session: ServerHttp2Session, withinMs: number): void {
  if (session.closed || session.destroyed) return
  const timer = setTimeout(() => session.destroy(), withinMs)
  timer.unref()
  const isSent = session.ping((error) => {
    if (error === null) clearTimeout(timer)
  })
  if (!isSent) clearTimeout(timer)
}

async function bind(server: HttpServer | Http2Server | Http2SecureServer, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(new HoldfastError('input/invalid', { detail: `Cannot listen on ${host}:${port}.`, cause: error }))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve()
    })
  })
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : port
}
