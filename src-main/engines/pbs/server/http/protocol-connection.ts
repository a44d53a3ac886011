import http2 from 'node:http2'
import type { Duplex } from 'node:stream'
import { parseTarget } from '../../wire/request-target.ts'
import { MAX_FRAME_BYTES, SERVER_WINDOW_BYTES } from '../../wire/upgrade.ts'
import { ApiError } from '../api-error.ts'
import { bodyOf } from './collect-body.ts'
import { dispatch, type Outgoing } from './dispatch.ts'
import { answer, type RefusalOptions } from './respond.ts'
import type { Route } from './route.ts'
import { sendBody } from './send-body.ts'

/** Uploads of 4 MiB each that wait for our disk: what bounds the memory of a connection. Clients queue the others. */
const MAX_STREAMS = 32
const MAX_HEADER_PAIRS = 64
/** Chunks on their way out; each stream hands over little at a time, see `sendBody`. In megabytes, as Node counts. */
const MAX_SESSION_MEMORY_MB = 256
/** The reply to `finish` reaches the client before a stop of the server cuts the connection. */
const CLOSE_GRACE_MS = 2000

export interface ProtocolConnectionOptions<Context> extends Omit<RefusalOptions, 'signal'> {
  readonly routes: readonly Route<Context>[]
  readonly context: Context
  /** Ends the connection, as when its task is stopped. */
  readonly signal: AbortSignal
}

/** Serves HTTP/2 with prior knowledge on an upgraded socket. Returns when it has ended and no call is under way. */
export async function serveConnection<Context>(
  socket: Duplex,
  options: ProtocolConnectionOptions<Context>,
): Promise<void> {
  const session = http2.performServerHandshake(socket, {
    settings: {
      initialWindowSize: SERVER_WINDOW_BYTES,
      maxFrameSize: MAX_FRAME_BYTES,
      maxConcurrentStreams: MAX_STREAMS,
    },
    maxHeaderListPairs: MAX_HEADER_PAIRS,
    maxSessionMemory: MAX_SESSION_MEMORY_MB,
  })
  const running = new Set<Promise<void>>()
  const destroy = () => session.destroy()
  options.signal.addEventListener('abort', destroy, { once: true })
  session.on('stream', (stream, headers) => {
    const call = serveStream(stream, headers, options).finally(() => running.delete(call))
    running.add(call)
  })
  // The client is gone, or broke the rules of HTTP/2; both end here.
  session.on('error', () => undefined)
  session.on('frameError', () => undefined)
  await new Promise<void>((resolve) => {
    session.once('close', resolve)
    if (options.signal.aborted) destroy()
    // The window of the connection, which settings do not cover. The session must have its socket.
    else if (!session.destroyed) session.setLocalWindowSize(SERVER_WINDOW_BYTES)
    // A client that only ends its side has nothing more to ask.
    socket.once('end', () => session.close(() => undefined))
    socket.once('end', () => setTimeout(destroy, CLOSE_GRACE_MS).unref())
  })
  options.signal.removeEventListener('abort', destroy)
  await Promise.all(running)
}

async function serveStream<Context>(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  { routes, context, ...refusals }: ProtocolConnectionOptions<Context>,
): Promise<void> {
  const gone = new AbortController()
  stream.once('close', () => gone.abort())
  stream.on('error', () => gone.abort())
  const { signal } = gone
  try {
    const run = () => dispatch(routes, context, { ...readHead(headers), body: bodyOf(stream), signal })
    await send(stream, await answer(run, { ...refusals, signal }), signal)
  } catch (error) {
    if (!signal.aborted) refusals.onBug(error)
    if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
  }
}

function readHead(headers: http2.IncomingHttpHeaders) {
  const target = parseTarget(headers[':path'] ?? '/')
  if (target === undefined) throw new ApiError('path contains illegal components')
  return { method: headers[':method'] ?? 'GET', target, contentType: headers['content-type'] }
}

async function send(stream: http2.ServerHttp2Stream, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { 'set-cookie': _, ...headers } = outgoing.headers
  stream.respond({ ':status': outgoing.status, ...headers })
  await sendBody(stream, outgoing.body, signal)
  // What is left of a refused upload must not fill the connection's buffers.
  if (!stream.readableEnded) stream.resume()
}
