import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { Pace } from '../../../os/pace.ts'
import { TimeoutKeeper } from '../tool/server-timeouts.ts'
import { ProofChecker } from '../wire/auth-proof.ts'
import { plainPort, tlsPort } from '../wire/limits.ts'
import { endStream } from '../wire/send.ts'
import type { AgentConnection, AgentEvent, AgentOptions } from './agent-options.ts'
import { createAllowList } from './allow-list.ts'
import { JobHistory } from './job-history.ts'
import { serveSession } from './serve-session.ts'
import { type AgentState, interrupted, Session } from './session.ts'

/** As the listener of the original. */
const defaultRuns = 2
/** Connections that have not even asked; each costs a header's worth of memory. */
const connectionsLimit = 64

const handshakeTimeoutMs = 20_000
/** Nothing in either direction; a tool that waits for locks is silent for a while. */
const silenceMs = 3_600_000

/** The agent on the computer of a database (spec xtrabackup-agent §2): serves backups, one request a connection. */
export interface XtrabackupAgent {
  /** Without a port it is that of the protocol; 0 takes a free one. Throws the system's error when it cannot listen there. */
  listen(at: {
    readonly host: string
    readonly port: number
  }): Promise<{ readonly host: string; readonly port: number }>
  /** Serves one connection that came another way, such as standard input and output under ssh. */
  serve(stream: Duplex, peer: string): Promise<void>
  /** Ends what runs, and stops listening. */
  close(): Promise<void>
  connections(): readonly AgentConnection[]
  /** Returns how to stop listening to them. */
  onEvent(listener: (event: AgentEvent) => void): () => void
}

export async function createXtrabackupAgent(options: AgentOptions): Promise<XtrabackupAgent> {
  const now = options.now ?? (() => Math.floor(Date.now() / 1000))
  const closing = new AbortController()
  const listeners = new Set<(event: AgentEvent) => void>()
  const sessions = new Map<number, { readonly session: Session; readonly served: Promise<void> }>()
  const isAllowed = createAllowList(options.allow)
  let runs = 0
  let nextId = 1
  const servers: Server[] = []
  /** Also those that are shaking hands. */
  const sockets = new Set<Socket>()

  const state: AgentState = {
    options,
    now,
    history: await JobHistory.open(options.historyFile, now),
    proofs: options.secret === undefined ? undefined : new ProofChecker(options.secret),
    pace: options.bytesPerSecond === undefined ? undefined : new Pace(() => options.bytesPerSecond),
    timeouts: new TimeoutKeeper(),
    signal: closing.signal,
    lastBinlogSid: undefined,
    emit: (event) => {
      for (const listener of listeners) listener(event)
    },
    takeSlot() {
      if (runs >= (options.maxRuns ?? defaultRuns)) return undefined
      runs += 1
      return () => {
        runs -= 1
      }
    },
  }

  async function serve(stream: Duplex, peer: string): Promise<void> {
    const session = new Session(state, stream, { id: nextId++, peer })
    const served = run(session, stream)
    sessions.set(session.id, { session, served })
    await served
  }

  async function run(session: Session, stream: Duplex): Promise<void> {
    state.emit({ kind: 'connected', connection: session.connection })
    try {
      await serveSession(session)
    } catch {
      // Told in an event by whoever knew what was going on; here the caller is gone, or its bytes were none of ours.
    } finally {
      await endStream(stream)
      sessions.delete(session.id)
      state.emit({ kind: 'closed', connection: session.connection })
    }
  }

  /** Before anything is read, or a handshake begun. */
  function admit(socket: Socket): void {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const peer = socket.remoteAddress ?? ''
    const reason = !isAllowed(peer)
      ? 'It is not on the list of those who may connect.'
      : sockets.size > connectionsLimit
        ? 'There are too many connections.'
        : undefined
    if (reason === undefined) return
    socket.destroy()
    state.emit({ kind: 'refused', peer, reason })
  }

  function accept(socket: Socket): void {
    if (socket.destroyed) return
    socket.setKeepAlive(true, 60_000)
    socket.setTimeout(silenceMs, () => socket.destroy())
    void serve(socket, socket.remoteAddress ?? '') // never rejects: `run` ends every failure
  }

  return {
    async listen({ host, port: wanted }) {
      const { tls } = options
      const port = wanted ?? (tls === undefined ? plainPort : tlsPort)
      const server: Server =
        tls === undefined
          ? createServer({ allowHalfOpen: true })
          : createTlsServer({
              ...{ cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.2' },
              ...{ allowHalfOpen: true, handshakeTimeout: handshakeTimeoutMs },
            })
      server.prependListener('connection', admit)
      server.on(tls === undefined ? 'connection' : 'secureConnection', accept)
      server.on('tlsClientError', (_, socket: Socket) => socket.destroy())
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, resolve)
      })
      servers.push(server)
      const address = server.address()
      return { host, port: typeof address === 'object' && address !== null ? address.port : port }
    },
    serve,
    async close() {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
      closing.abort(interrupted)
      for (const { session, served } of sessions.values()) {
        session.leave()
        await served
      }
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed) // one or two listeners
    },
    connections: () => Array.from(sessions.values(), ({ session }) => session.connection),
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
