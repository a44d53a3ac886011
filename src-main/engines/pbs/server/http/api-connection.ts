import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AuthId } from '../../wire/names.ts'
import { MAX_TARGET_BYTES, parseTarget, type RequestTarget } from '../../wire/request-target.ts'
import { ApiError } from '../api-error.ts'
import type { ConnectionHandle } from '../connections/connection-registry.ts'
import type { ApiContext, ServerContext } from '../server-context.ts'
import { deflateFor } from './deflate.ts'
import { dispatch } from './dispatch.ts'
import { extjsFormat, type Format, jsonFormat, type Outgoing } from './format.ts'
import { serveHttp2 } from './http2-connection.ts'
import { bodyOf, type RequestBody } from './request-body.ts'
import { answer } from './respond.ts'
import type { Route } from './route.ts'
import { sendBody } from './send-body.ts'

/** What a call without credentials gets to know. */
export interface OpenContext extends ServerContext {
  readonly address: string
}

export interface ApiTables {
  /** For everybody: login, ping. */
  readonly open: readonly Route<OpenContext>[]
  readonly authenticated: readonly Route<ApiContext>[]
}

export interface ApiServer {
  readonly context: ServerContext
  readonly tables: ApiTables
}

/** A request of the API, of either HTTP version. */
interface ApiRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: RequestBody
  readonly socket: ApiSocket
  readonly signal: AbortSignal
}

export type ApiSocket = Duplex & { readonly remoteAddress?: string | undefined }

const formats: Readonly<Record<string, Format>> = { json: jsonFormat, extjs: extjsFormat }
const API = 'api2'
/** `api2` and the format. */
const BASE_LENGTH = 2

/** Answers one request of the HTTP/1 API. */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  server: ApiServer,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const { signal } = gone
  const { method = 'GET', url = '/', headers, socket } = request
  try {
    const outgoing = await answerRequest({ method, url, headers, body: bodyOf(request), socket, signal }, server)
    await send(response, { outgoing, signal })
  } catch (error) {
    if (!signal.aborted) bugLog(server)(error)
    response.destroy()
  }
}

/** Answers the requests of a client that speaks HTTP/2 from the start. It cannot upgrade to either protocol. */
export async function serveApiOverHttp2(socket: ApiSocket, server: ApiServer, signal: AbortSignal): Promise<void> {
  await serveHttp2(socket, {
    answer: (request) => answerRequest({ ...request, socket }, server),
    onBug: bugLog(server),
    signal,
  })
}

/** Who upgrades, and for what. Throws `ApiError`s. */
export async function readUpgrade(
  request: IncomingMessage,
  context: ServerContext,
): Promise<{ readonly caller: AuthId; readonly connection: ConnectionHandle; readonly target: RequestTarget }> {
  const { method = 'GET', url = '/', headers, socket } = request
  const target = readTarget(url)
  return { ...(await authenticate({ method, headers, socket }, context)), target }
}

/** `GET …/backup` or `…/reader`: the last component; undefined for any other request. */
export function protocolOf(request: IncomingMessage): 'backup' | 'reader' | undefined {
  const components = parseTarget(request.url ?? '/')?.components ?? []
  if (request.method !== 'GET' || components.length !== BASE_LENGTH + 1) return undefined
  const [api, format, name] = components
  if (api !== API || format !== 'json') return undefined
  return name === 'backup' || name === 'reader' ? name : undefined
}

/** A reply on a socket that was to be upgraded and is not; then the connection ends. */
export async function refuseUpgrade(socket: Duplex, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  const length = outgoing.body instanceof Uint8Array ? outgoing.body.length : 0
  const lines = Object.entries({ ...outgoing.headers, 'content-length': length, connection: 'close' })
  const head = [`HTTP/1.1 ${outgoing.status} `, ...lines.map(([name, value]) => `${name}: ${value}`), '', '']
  socket.write(head.join('\r\n'))
  await sendBody(socket, outgoing.body, signal)
}

export function addressOf({ remoteAddress }: ApiSocket): string {
  return remoteAddress ?? ''
}

async function answerRequest(request: ApiRequest, server: ApiServer): Promise<Outgoing> {
  const { signal, headers } = request
  const format = formats[parseTarget(request.url)?.components[1] ?? ''] ?? jsonFormat
  const run = () => runRequest(request, server, format)
  const outgoing = await answer(run, { clock: server.context.clock, signal, onBug: bugLog(server), format })
  const { 'accept-encoding': encodings } = headers
  return await deflateFor(outgoing, Array.isArray(encodings) ? encodings.join() : encodings)
}

async function runRequest(request: ApiRequest, { context, tables }: ApiServer, format: Format): Promise<Outgoing> {
  const full = readTarget(request.url)
  const [api, formatName = ''] = full.components
  if (api !== API || formats[formatName] === undefined)
    throw new ApiError(`Path '/${full.components.join('/')}' not found.`, 404)
  const target = { ...full, components: full.components.slice(BASE_LENGTH) }
  const { method, headers, body, signal } = request
  const incoming = { method, target, contentType: headers['content-type'], body, signal }
  const open = { ...context, address: addressOf(request.socket) }
  const isOpen = tables.open.some(
    (route) => route.method === method && route.components.join('/') === target.components.join('/'),
  )
  if (isOpen) return await dispatch(tables.open, open, incoming, format)
  const { caller, connection } = await authenticate(request, context)
  return await dispatch(tables.authenticated, { ...open, caller, connection }, incoming, format)
}

async function authenticate(
  { method, headers, socket }: Pick<ApiRequest, 'method' | 'headers' | 'socket'>,
  { access, connections }: ServerContext,
): Promise<{ readonly caller: AuthId; readonly connection: ConnectionHandle }> {
  const address = addressOf(socket)
  const caller = await access.authenticate({ method, headers, address })
  return { caller, connection: connections.seen(socket, { user: caller, address }) }
}

function readTarget(url: string): RequestTarget {
  if (url.length > MAX_TARGET_BYTES) throw new ApiError('URI too long', 414)
  const target = parseTarget(url)
  if (target === undefined) throw new ApiError('path contains illegal components')
  return target
}

function bugLog({ context }: ApiServer): (error: unknown) => void {
  return (error) => context.log.warn('A request failed.', error)
}

async function send(
  response: ServerResponse,
  { outgoing, signal }: { readonly outgoing: Outgoing; readonly signal: AbortSignal },
): Promise<void> {
  const { status, headers, body } = outgoing
  response.writeHead(status, {
    ...headers,
    ...(body instanceof Uint8Array ? { 'content-length': body.length } : {}),
  })
  await sendBody(response, body, signal)
}
