import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AuthId } from '../../wire/names.ts'
import { MAX_TARGET_BYTES, parseTarget, type RequestTarget } from '../../wire/request-target.ts'
import { ApiError } from '../api-error.ts'
import type { ApiContext, ServerContext } from '../server-context.ts'
import { bodyOf } from './collect-body.ts'
import { dispatch, type Outgoing } from './dispatch.ts'
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

const BASE_PATH = ['api2', 'json']

/** Answers one request of the HTTP/1 API. */
export async function serveRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { context, tables }: { readonly context: ServerContext; readonly tables: ApiTables },
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const { signal } = gone
  const onBug = (error: unknown) => context.log.warn('A request failed.', error)
  try {
    const run = () => runRequest(request, { context, tables, signal })
    const outgoing = await answer(run, { clock: context.clock, signal, onBug })
    await send(response, { outgoing, signal })
  } catch (error) {
    if (!signal.aborted) onBug(error)
    response.destroy()
  }
}

/** Who upgrades, and for what. Throws `ApiError`s. */
export async function readUpgrade(
  request: IncomingMessage,
  context: ServerContext,
): Promise<{ readonly caller: AuthId; readonly target: RequestTarget }> {
  const target = readTarget(request)
  return { caller: await context.access.authenticate(credentialsOf(request)), target }
}

/** `GET …/backup` or `…/reader`: the last component; undefined for any other request. */
export function protocolOf(request: IncomingMessage): 'backup' | 'reader' | undefined {
  const components = parseTarget(request.url ?? '/')?.components ?? []
  if (request.method !== 'GET' || components.length !== 3 || !isApi(components)) return undefined
  const name = components[2]
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

export function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? ''
}

async function runRequest(
  request: IncomingMessage,
  {
    context,
    tables,
    signal,
  }: { readonly context: ServerContext; readonly tables: ApiTables; readonly signal: AbortSignal },
): Promise<Outgoing> {
  const full = readTarget(request)
  if (!isApi(full.components)) throw new ApiError(`Path '/${full.components.join('/')}' not found.`, 404)
  const target = { ...full, components: full.components.slice(BASE_PATH.length) }
  const incoming = {
    method: request.method ?? 'GET',
    target,
    contentType: request.headers['content-type'],
    body: bodyOf(request),
    signal,
  }
  const open = { ...context, address: addressOf(request) }
  const isOpen = tables.open.some(
    ({ method, components }) => method === incoming.method && components.join('/') === target.components.join('/'),
  )
  if (isOpen) return await dispatch(tables.open, open, incoming)
  const caller = await context.access.authenticate(credentialsOf(request))
  return await dispatch(tables.authenticated, { ...open, caller }, incoming)
}

function readTarget(request: IncomingMessage): RequestTarget {
  const url = request.url ?? '/'
  if (url.length > MAX_TARGET_BYTES) throw new ApiError('URI too long', 414)
  const target = parseTarget(url)
  if (target === undefined) throw new ApiError('path contains illegal components')
  return target
}

function credentialsOf(request: IncomingMessage) {
  return { method: request.method ?? 'GET', headers: request.headers, address: addressOf(request) }
}

function isApi(components: readonly string[]): boolean {
  return BASE_PATH.every((part, position) => components[position] === part)
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
