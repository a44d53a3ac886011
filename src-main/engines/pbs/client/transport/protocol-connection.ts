import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { ProtocolError } from '../../../../../src-shared/errors.ts'
import { BodyBuffer } from '../../wire/body-buffer.ts'
import { MAX_FRAME_BYTES } from '../../wire/upgrade.ts'
import { type Endpoint, unreachable } from './connection-failure.ts'
import { PbsRefusal } from './refusal.ts'
import type { Reply } from './reply.ts'

/** Fixed by the protocol, wherever the server is (spec pbs §1.5). */
const AUTHORITY = 'https://localhost:8007'
/** What the original client announces: what may come is bounded by what is asked for. */
const WINDOW_BYTES = 2 ** 31 - 1
/** In megabytes. What waits to be sent counts, and chunks under way are bounded elsewhere (§11). */
const SESSION_MEMORY = 256

/**
 * So much of a body is handed over at once. Node lays out all that it is given anew before it encrypts it: of four megabytes, in
 * memory that the kernel gives and takes back each time, for a fifth of what sending costs.
 */
const PIECE_BYTES = 256 << 10

export interface ProtocolBody {
  readonly contentType: string
  readonly bytes: Uint8Array
  /** Called when the last byte has left and nothing looks at them any more; not when the connection ended before. */
  readonly sent?: (() => void) | undefined
}

export interface ProtocolRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** With the query. */
  readonly target: string
  readonly body?: ProtocolBody | undefined
  /** Longest answer. */
  readonly maxBytes: number
}

/** The backup or the reader protocol: HTTP/2 with prior knowledge on a connection that was upgraded (spec pbs §1.5). */
export class ProtocolConnection {
  readonly #session: ClientHttp2Session
  readonly #socket: Duplex
  readonly #endpoint: Endpoint
  #underWay = 0
  #failure: unknown

  private constructor(session: ClientHttp2Session, socket: Duplex, endpoint: Endpoint) {
    this.#session = session
    this.#socket = socket
    this.#endpoint = endpoint
  }

  /** Resolves when the server's settings are there, which shows that it does speak HTTP/2. */
  static async open(
    socket: Duplex,
    { endpoint, idleTimeoutMs }: { readonly endpoint: Endpoint; readonly idleTimeoutMs: number },
    signal: AbortSignal,
  ): Promise<ProtocolConnection> {
    const session = http2.connect(AUTHORITY, {
      createConnection: () => socket,
      settings: { initialWindowSize: WINDOW_BYTES, maxFrameSize: MAX_FRAME_BYTES, enablePush: false },
      maxSessionMemory: SESSION_MEMORY,
    })
    const connection = new ProtocolConnection(session, socket, endpoint)
    session.on('error', (error) => connection.#fail(error))
    session.on('goaway', () => connection.#fail(unreachable(endpoint, undefined, 'the server ended the connection')))
    session.setTimeout(idleTimeoutMs, () => {
      if (connection.#underWay > 0) connection.#fail(unreachable(endpoint, undefined, 'it did not answer in time'))
    })
    try {
      await connection.#greeting(signal)
      session.setLocalWindowSize(WINDOW_BYTES)
      return connection
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  get isOpen(): boolean {
    return this.#failure === undefined && !this.#session.closed && !this.#session.destroyed
  }

  /**
   * One call. Throws `PbsRefusal` for any status but 200, and `repository/unreachable` when the connection ends before
   * the answer does.
   */
  async request(request: ProtocolRequest, signal: AbortSignal): Promise<Buffer> {
    const reply = await this.#exchange(request, signal)
    if (reply.status !== 200) throw new PbsRefusal(reply)
    return reply.bytes
  }

  /** Drops the connection, as the original client ends it. Resolves when the socket is closed. */
  async close(): Promise<void> {
    this.#failure ??= unreachable(this.#endpoint, undefined, 'the connection is closed')
    this.#session.destroy()
    if (this.#socket.destroyed && this.#socket.closed) return
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.destroy()
    await closed
  }

  #exchange({ method, target, body, maxBytes }: ProtocolRequest, signal: AbortSignal): Promise<Reply> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      if (!this.isOpen) throw this.#lost()
      const stream = this.#session.request(
        {
          ':method': method,
          ':path': target,
          ...(body === undefined ? {} : { 'content-type': body.contentType, 'content-length': body.bytes.length }),
        },
        { endStream: body === undefined },
      )
      this.#underWay++
      const abort = () => stream.close(http2.constants.NGHTTP2_CANCEL)
      signal.addEventListener('abort', abort, { once: true })
      const answer = new Answer(stream, maxBytes)
      stream.once('close', () => {
        if (stream.writableFinished) body?.sent?.()
        this.#underWay--
        signal.removeEventListener('abort', abort)
        const reply = answer.reply()
        if (signal.aborted) reject(signal.reason)
        else if (answer.problem !== undefined) reject(answer.problem)
        else if (reply === undefined) reject(this.#lost(answer.error))
        else resolve(reply)
      })
      if (body !== undefined) writePieces(stream, body.bytes)
    })
  }

  #greeting(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const session = this.#session
      const abort = () => reject(signal.reason)
      const closed = () => reject(this.#lost())
      session.once('remoteSettings', () => {
        session.off('close', closed)
        signal.removeEventListener('abort', abort)
        resolve()
      })
      session.once('close', closed)
      signal.addEventListener('abort', abort, { once: true })
    })
  }

  /** What was under way ends; nothing new can begin. */
  #fail(error: unknown): void {
    this.#failure ??= error
    this.#session.destroy()
  }

  #lost(cause?: unknown): Error {
    return unreachable(this.#endpoint, cause ?? this.#failure, 'the connection was lost')
  }
}

/** The next piece when the one before has left; nothing more when the stream ends early. */
function writePieces(stream: ClientHttp2Stream, bytes: Uint8Array, from = 0): void {
  const to = from + PIECE_BYTES
  if (to >= bytes.length) stream.end(bytes.subarray(from))
  else stream.write(bytes.subarray(from, to), (error) => error ?? writePieces(stream, bytes, to))
}

/** What comes on one stream. Whether it is whole shows at its end. */
class Answer {
  problem: ProtocolError | undefined
  error: unknown
  #status: number | undefined
  #expected: number | undefined
  #body: BodyBuffer | undefined
  #hasEnded = false

  constructor(stream: ClientHttp2Stream, maxBytes: number) {
    stream.on('error', (error) => {
      this.error = error
    })
    stream.once('response', (headers) => {
      this.#status = Number(headers[':status'])
      const length = headers['content-length']
      if (length !== undefined) this.#expected = Number(length)
    })
    stream.on('data', (piece: Buffer) => {
      this.#body ??= new BodyBuffer(Math.min(this.#expected ?? 0, maxBytes))
      const length = this.#body.length + piece.length
      if (length <= maxBytes) this.#body.append(piece)
      else {
        this.problem ??= new ProtocolError('pbs', 'answer', length, `is longer than ${maxBytes} bytes`)
        stream.close(http2.constants.NGHTTP2_CANCEL)
      }
    })
    stream.once('end', () => {
      this.#hasEnded = !stream.aborted && stream.rstCode === http2.constants.NGHTTP2_NO_ERROR
    })
  }

  /** Undefined when it did not come whole. */
  reply(): Reply | undefined {
    if (this.#status === undefined || !this.#hasEnded || this.error !== undefined) return undefined
    const bytes = this.#body?.take() ?? new Uint8Array(0)
    if (this.#expected !== undefined && this.#expected !== bytes.length) return undefined
    return { status: this.#status, bytes: Buffer.from(bytes.buffer, 0, bytes.length) }
  }
}
