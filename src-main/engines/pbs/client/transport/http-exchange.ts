import http, { type Agent, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { HoldfastError, ProtocolError } from '../../../../../src-shared/errors.ts'
import { formatEndpoint } from '../address/repository-address.ts'
import { type Endpoint, unreachable } from './connection-failure.ts'
import type { Reply } from './reply.ts'

/** As the original client calls itself; some servers look at it. */
const USER_AGENT = 'proxmox-backup-client/1.0'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With the query. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: { readonly contentType: string; readonly bytes: Uint8Array } | undefined
}

/** How a request gets there: over one of the connections that are kept, or over one of its own. */
export type Carrier = { readonly agent: Agent } | { readonly socket: Duplex }

export interface ExchangeOptions {
  readonly endpoint: Endpoint
  readonly carrier: Carrier
  /** Without a byte in either direction for so long, the server is taken to be gone. */
  readonly idleTimeoutMs: number
  readonly signal: AbortSignal
}

/** One request of HTTP/1.1 (spec pbs §1.4). Resolves when the answer begins. Throws `repository/unreachable`. */
export function exchange(request: HttpRequest, options: ExchangeOptions): Promise<IncomingMessage> {
  const { endpoint, idleTimeoutMs, signal } = options
  const sent = startRequest(request, options)
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(failureOf(error, endpoint, signal))
    sent.setTimeout(idleTimeoutMs, () => sent.destroy(new DOMException('idle', 'TimeoutError')))
    sent.on('error', fail)
    sent.once('response', resolve)
    sent.end(request.body?.bytes)
  })
}

/** Asks for another protocol on the connection; the socket once the server agrees, else what it says instead. */
export function exchangeUpgrade(
  request: HttpRequest,
  protocol: string,
  options: ExchangeOptions,
): Promise<{ readonly socket: Duplex } | { readonly response: IncomingMessage }> {
  const { endpoint, idleTimeoutMs, signal } = options
  const headers = { ...request.headers, connection: 'upgrade', upgrade: protocol }
  const sent = startRequest({ ...request, headers }, options)
  return new Promise((resolve, reject) => {
    sent.setTimeout(idleTimeoutMs, () => sent.destroy(new DOMException('idle', 'TimeoutError')))
    sent.on('error', (error) => reject(failureOf(error, endpoint, signal)))
    sent.once('response', (response) => resolve({ response }))
    sent.once('upgrade', (response, socket, head) => {
      socket.on('error', () => undefined)
      if (response.headers.upgrade !== protocol) {
        socket.destroy()
        reject(new ProtocolError('pbs', 'upgrade', 0, 'the server switched to another protocol'))
        return
      }
      // The request's timeout must not end what the connection is now used for.
      socket.setTimeout(0)
      if (head.length > 0) socket.unshift(head)
      resolve({ socket })
    })
    sent.end()
  })
}

/** The whole answer. Throws a `ProtocolError` for more than `maxBytes`, and `repository/unreachable` when it is cut short. */
export async function collect(response: IncomingMessage, maxBytes: number, options: ExchangeOptions): Promise<Reply> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of bodyOf(response, options)) {
    length += piece.length
    if (length > maxBytes) throw new ProtocolError('pbs', 'answer', length, `is longer than ${maxBytes} bytes`)
    pieces.push(piece)
  }
  return { status: response.statusCode ?? 0, bytes: Buffer.concat(pieces, length) }
}

/** The answer's body, piece by piece. Who stops early ends the connection. */
export async function* bodyOf(
  response: IncomingMessage,
  { endpoint, signal }: Pick<ExchangeOptions, 'endpoint' | 'signal'>,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const piece of response) yield piece as Buffer // no encoding was set
  } catch (error) {
    throw failureOf(error, endpoint, signal)
  }
  if (!response.complete) throw failureOf(undefined, endpoint, signal)
}

function startRequest({ method, target, headers, body }: HttpRequest, { endpoint, carrier, signal }: ExchangeOptions) {
  return http.request({
    method,
    path: target,
    ...('agent' in carrier
      ? { agent: carrier.agent, host: endpoint.host, port: endpoint.port }
      : { createConnection: () => carrier.socket }),
    setHost: false,
    signal,
    headers: {
      host: formatEndpoint(endpoint),
      'user-agent': USER_AGENT,
      ...(body === undefined ? {} : { 'content-type': body.contentType, 'content-length': body.bytes.length }),
      ...headers,
    },
  })
}

/** An abort keeps its own reason. What the dial threw is said already. */
function failureOf(error: unknown, endpoint: Endpoint, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason
  return error instanceof HoldfastError || error instanceof ProtocolError ? error : unreachable(endpoint, error)
}
