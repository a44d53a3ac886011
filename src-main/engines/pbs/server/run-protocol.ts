import type { Duplex } from 'node:stream'
import type { RawParameters } from '../wire/read-parameters.ts'
import { parseTarget } from '../wire/request-target.ts'
import { BACKUP_PROTOCOL, READER_PROTOCOL } from '../wire/upgrade.ts'
import { ApiError } from './api-error.ts'
import { backupRoutes } from './backup/backup-routes.ts'
import { startBackup } from './backup/start-backup.ts'
import { dispatch } from './http/dispatch.ts'
import { type StreamRequest, serveHttp2 } from './http/http2-connection.ts'
import { answer } from './http/respond.ts'
import type { Route } from './http/route.ts'
import { readerRoutes } from './reader/reader-routes.ts'
import { startReader } from './reader/start-reader.ts'
import type { ApiContext, ServerContext } from './server-context.ts'
import type { RunningTask } from './tasks/task-registry.ts'
import { startVerify } from './tasks/verify-task.ts'

/**
 * Uploads of 4 MiB each that wait for a check or the disk: what bounds the memory of a backup. Bodies come faster than they are
 * dealt with, and nothing but the number of streams holds a client back (a stream's own window has room for eight chunks).
 */
const MAX_UPLOADS = 6

/** One of the two protocols inside HTTP/2, past all its checks and holding its locks. */
export interface Protocol {
  /** Value of the Upgrade header. */
  readonly upgrade: string
  readonly task: RunningTask
  serve(socket: Duplex, signal: AbortSignal): Promise<void>
  /** When the connection has ended, or never came to be: releases what it holds. */
  end(): Promise<void>
}

export interface ProtocolRequest {
  readonly name: 'backup' | 'reader' | undefined
  readonly parameters: RawParameters
  /** The Upgrade header. */
  readonly upgrade: string | undefined
}

/** Runs the checks of an upgrade (spec pbs §1.6, §3). */
export async function startProtocol(context: ApiContext, request: ProtocolRequest): Promise<Protocol> {
  if (request.name === 'backup') return await openBackup(context, request)
  if (request.name === 'reader') return await openReader(context, request)
  throw new ApiError('no such protocol', 404)
}

/** Says 101 and serves the protocol until its connection ends, however that comes. */
export async function runProtocol(
  context: ServerContext,
  protocol: Protocol,
  { socket, head, signal }: { readonly socket: Duplex; readonly head: Buffer; readonly signal: AbortSignal },
): Promise<void> {
  const { task } = protocol
  try {
    const isThere = await switchProtocols(socket, protocol.upgrade, signal)
    if (head.length > 0) socket.unshift(head)
    if (isThere) await protocol.serve(socket, AbortSignal.any([signal, task.signal]))
  } finally {
    await protocol.end().catch((error: unknown) => {
      context.log.warn('A connection could not be cleared away.', error)
      task.finish('could not be cleared away')
    })
  }
}

/**
 * The handshake of HTTP/2 must not begin while the reply is still being written: Node then ends the whole process with
 * a native assertion (spec pbs §11).
 */
async function switchProtocols(socket: Duplex, protocol: string, signal: AbortSignal): Promise<boolean> {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', `upgrade: ${protocol}`, '', '']
  await new Promise<void>((resolve) => {
    socket.write(lines.join('\r\n'), () => setImmediate(resolve))
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return !signal.aborted && !socket.destroyed
}

async function openBackup(context: ApiContext, { parameters, upgrade }: ProtocolRequest): Promise<Protocol> {
  const session = await startBackup(context, parameters, upgrade)
  const { task, served } = session
  context.connection.began('backup', task.workerId)
  return {
    upgrade: BACKUP_PROTOCOL,
    task,
    serve: (socket, signal) =>
      serve(context, { routes: backupRoutes, state: session, socket, signal, maxStreams: MAX_UPLOADS }),
    async end() {
      const isKept = await session.end()
      if (session.isFinished) task.finish()
      else task.finish(task.signal.aborted ? 'task was aborted' : 'connection ended before the backup was finished')
      if (isKept && served.verifyNew === true) {
        startVerify(context, { served, snapshots: [session.draft.ref], type: 'verify_snapshot' })
      }
    },
  }
}

async function openReader(context: ApiContext, { parameters, upgrade }: ProtocolRequest): Promise<Protocol> {
  const session = await startReader(context, parameters, upgrade)
  context.connection.began('reader', session.task.workerId)
  return {
    upgrade: READER_PROTOCOL,
    task: session.task,
    serve: (socket, signal) => serve(context, { routes: readerRoutes, state: session, socket, signal }),
    async end() {
      await session.end()
      session.task.finish()
    },
  }
}

interface Served<State extends { readonly task: RunningTask }> {
  readonly routes: readonly Route<State>[]
  readonly state: State
  readonly socket: Duplex
  readonly signal: AbortSignal
  readonly maxStreams?: number
}

async function serve<State extends { readonly task: RunningTask }>(
  { clock, log }: ServerContext,
  { routes, state, socket, signal, maxStreams }: Served<State>,
): Promise<void> {
  const onBug = (error: unknown) => {
    log.warn('A call failed.', error)
    state.task.warn('a call failed, see the log of the server')
  }
  await serveHttp2(socket, {
    answer: (request) =>
      answer(() => dispatch(routes, state, readRequest(request)), { clock, onBug, signal: request.signal }),
    onBug,
    signal,
    maxStreams,
  })
}

function readRequest({ method, url, headers, body, signal }: StreamRequest) {
  const target = parseTarget(url)
  if (target === undefined) throw new ApiError('path contains illegal components')
  return { method, target, contentType: headers['content-type'], body, signal }
}
