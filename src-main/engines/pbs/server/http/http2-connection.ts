import http2 from 'node:http2'
import type { Duplex } from 'node:stream'
import { MAX_FRAME_BYTES, SERVER_WINDOW_BYTES } from '../../wire/upgrade.ts'
import type { Outgoing } from './format.ts'
import { bodyOf, type RequestBody } from './request-body.ts'
import { sendBody } from './send-body.ts'

/** Calls under way on a connection; clients queue the others. Low enough to bound memory, high enough for a burst of small ones. */
const MAX_STREAMS = 32
const MAX_HEADER_PAIRS = 64
/** Chunks on their way out; each stream hands over little at a time, see `sendBody`. In megabytes, as Node counts. */
const MAX_SESSION_MEMORY_MB = 256
/** The reply to `finish` reaches the client before a stop of the server cuts the connection. */
const CLOSE_GRACE_MS = 2000

/** A request on one stream of a connection. */
export interface StreamRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: http2.IncomingHttpHeaders
  readonly body: RequestBody
  /** Aborts when the stream ends, whoever ends it. */
  readonly signal: AbortSignal
}

export interface Http2Options {
  /** Rejects only for bugs, and when the signal of the request has aborted. */
  readonly answer: (request: StreamRequest) => Promise<Outgoing>
  readonly onBug: (error: unknown) => void
  /** Ends the connection, as when its task is stopped. */
  readonly signal: AbortSignal
  /** Calls under way, where their bodies are large. */
  readonly maxStreams?: number | undefined
}

/** Serves HTTP/2 with prior knowledge on a socket. Returns when it has ended and no call is under way. */
export async function serveHttp2(socket: Duplex, options: Http2Options): Promise<void> {
  const session = http2.performServerHandshake(socket, {
    settings: {
      initialWindowSize: SERVER_WINDOW_BYTES,
      maxFrameSize: MAX_FRAME_BYTES,
      maxConcurrentStreams: options.maxStreams ?? MAX_STREAMS,
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

async function serveStream(
  stream: http2.ServerHttp2Stream,
  headers: http2.IncomingHttpHeaders,
  { answer, onBug }: Http2Options,
): Promise<void> {
  const gone = new AbortController()
  stream.once('close', () => gone.abort())
  stream.on('error', () => gone.abort())
  const { signal } = gone
  try {
    const [method, url] = [headers[':method'] ?? 'GET', headers[':path'] ?? '/']
    await send(stream, await answer({ method, url, headers, body: bodyOf(stream), signal }), signal)
  } catch (error) {
    if (!signal.aborted) onBug(error)
    if (!stream.destroyed) stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
  }
}

async function send(stream: http2.ServerHttp2Stream, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { status, headers, body } = outgoing
  const length = body instanceof Uint8Array ? { 'content-length': body.length } : {}
  stream.respond({ ':status': status, ...headers, ...length })
  await sendBody(stream, body, signal)
  // What is left of a refused upload must not fill the connection's buffers.
  if (!stream.readableEnded) stream.resume()
}
