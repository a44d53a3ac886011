import net from 'node:net'
import tls from 'node:tls'
import { buildConfig } from './build-config.ts'
import { serveConnection } from './serve-connection.ts'
import type { ServedBucket } from './served-bucket.ts'
import type { BucketConfigJson, CouchbaseServerEvent, ServerContext } from './server-context.ts'
import { Session } from './session.ts'
import { type CouchbaseUser, UserDirectory } from './user.ts'

export interface CouchbaseServerOptions {
  /** Not closed by the server: they may be served again. */
  readonly buckets: readonly ServedBucket[]
  readonly users: readonly CouchbaseUser[]
  /** PEM. With an authority, clients may log in by a certificate of it: their common name is the user. */
  readonly tls?: ServerTls | undefined
  /** Strict ones serve tests of conformance. */
  readonly dialect?: 's8' | 's9' | 'both' | undefined
  /** PLAIN over connections without TLS. Loopback too is only trusted when it is told to be. */
  readonly isPlainAllowed?: boolean | undefined
  readonly maxFragmentBytes?: number | undefined
  /** Until somebody has logged in. */
  readonly loginTimeoutMs?: number | undefined
  /** The config of a bucket, where the server is one of several; its own otherwise. */
  readonly configOf?: ((bucket: ServedBucket) => BucketConfigJson) | undefined
  readonly now?: (() => number) | undefined
}

export interface ServerTls {
  readonly key: string
  readonly certificate: string
  readonly clientAuthority?: string | undefined
}

export interface CouchbaseConnection {
  readonly id: number
  readonly peer: string
  readonly agent: string
  readonly user: string | undefined
  readonly bucket: string | undefined
  readonly since: number
  readonly activity: string
  readonly sentBytes: bigint
}

export interface CouchbaseServer {
  /** May be called several times, with TLS and without. Port 0 takes a free one. */
  listen(address: {
    readonly host: string
    readonly port: number
    readonly isSecure?: boolean | undefined
  }): Promise<{ readonly port: number }>
  /** Cuts all connections and waits for what was under way. */
  close(): Promise<void>
  connections(): readonly CouchbaseConnection[]
  /** Returns how to stop listening. */
  onEvent(listener: (event: CouchbaseServerEvent) => void): () => void
}

/** Two GiB, as the reference. */
const MAX_FRAGMENT_BYTES = 2 ** 31
const MAX_CONNECTIONS = 1024
const HANDSHAKE_TIMEOUT_MS = 30_000
/** Strangers may not keep a place for ever. */
const LOGIN_TIMEOUT_MS = 30_000

/** A node of the Couchbase data service as far as file snapshots go (spec couchbase §13). Listens only where it is told to. */
export function createCouchbaseServer(options: CouchbaseServerOptions): CouchbaseServer {
  const { now = Date.now } = options
  const listeners = new Set<(event: CouchbaseServerEvent) => void>()
  const running = new Map<Session, Promise<void>>()
  const servers = new Set<net.Server>()
  const sockets = new Set<net.Socket>()
  const ports: { kv?: number; kvSSL?: number } = {}
  const controller = new AbortController()
  let lastId = 0

  const context: ServerContext = {
    users: new UserDirectory(options.users),
    buckets: new Map(options.buckets.map((bucket) => [bucket.name, bucket])),
    dialect: options.dialect ?? 'both',
    isPlainAllowed: options.isPlainAllowed ?? false,
    maxFragmentBytes: options.maxFragmentBytes ?? MAX_FRAGMENT_BYTES,
    now,
    configOf: options.configOf ?? ((bucket) => buildConfig({ bucket, nodes: [ports] })),
    emit(event) {
      for (const listener of listeners) listener(event)
    },
  }

  function accept(socket: net.Socket, isSecure: boolean): void {
    const session = new Session(socket, { id: ++lastId, isSecure, now: now() })
    if (socket instanceof tls.TLSSocket && socket.authorized) {
      const name = socket.getPeerCertificate().subject?.CN
      session.user = typeof name === 'string' ? context.users.find(name) : undefined
    }
    socket.setNoDelay(true)
    const patience = setTimeout(() => session.user ?? socket.destroy(), options.loginTimeoutMs ?? LOGIN_TIMEOUT_MS)
    context.emit({ type: 'connected', session })
    const work = serveConnection(socket, { session, context, signal: controller.signal }).finally(() => {
      clearTimeout(patience)
      running.delete(session)
      context.emit({ type: 'disconnected', session })
    })
    running.set(session, work)
  }

  function track(socket: net.Socket): void {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  }

  function createListener(isSecure: boolean): net.Server {
    if (!isSecure) return net.createServer({ noDelay: true }, (socket) => accept(socket, false))
    if (!options.tls) throw new Error('TLS needs a key and a certificate')
    const { key, certificate, clientAuthority } = options.tls
    const server = tls.createServer(
      {
        key,
        cert: certificate,
        minVersion: 'TLSv1.2',
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        ...(clientAuthority ? { ca: clientAuthority, requestCert: true, rejectUnauthorized: true } : {}),
      },
      (socket) => {
        socket.on('error', () => socket.destroy())
        accept(socket, true)
      },
    )
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  return {
    async listen({ host, port, isSecure = false }) {
      const server = createListener(isSecure)
      server.on('connection', track)
      server.maxConnections = MAX_CONNECTIONS
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, () => resolve())
      })
      servers.add(server)
      const bound = (server.address() as net.AddressInfo).port // it listens on an address
      ports[isSecure ? 'kvSSL' : 'kv'] = bound
      return { port: bound }
    },
    async close() {
      controller.abort()
      const closed = [...servers].map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
      for (const socket of sockets) socket.destroy()
      await Promise.all([...closed, ...running.values()])
    },
    connections: () =>
      [...running.keys()].map(({ id, peer, agent, user, bucket, since, activity, output }) => ({
        id,
        peer,
        agent,
        user: user?.name,
        bucket: bucket?.name,
        since,
        activity,
        sentBytes: output.sentBytes,
      })),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
