import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RPCHandler } from '@orpc/server/ws'
import { WebSocketServer } from 'ws'
import type { App } from '../../app/app.ts'
import { isPageRoute, resolveAsset } from '../web/assets.ts'
import { commonHeaders, contentSecurityPolicy, withNonce } from '../web/policy.ts'
import { isLoopback, isOwnRequest, ownHosts } from './origin.ts'
import { SessionKeeper } from './session.ts'

/** Requests of the contract are small; file contents never come this way (style D5). */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

export interface ServeOptions {
  readonly app: App
  /** The built page. */
  readonly pageDirectory: string
  readonly hostname: string
  /** 0 takes a free one. */
  readonly port: number
  /** Another origin that may use the contract: the development server's. */
  readonly pageOrigin?: string | undefined
}

export interface Served {
  readonly port: number
  /** The address with a one-time token; each call makes a fresh token and ends the one before, if unused. */
  address(): string
  close(): Promise<void>
}

/**
 * Serves the window on loopback: page, contract over a WebSocket at `/rpc`, contents at `/content/`. Every request must
 * name this host and, from a browser, this origin; all but the exchange of the token need its session (style S17).
 */
export async function serve(options: ServeOptions): Promise<Served> {
  if (!isLoopback(options.hostname)) throw new RangeError(`${options.hostname} is not a loopback address`)
  const sessions = new SessionKeeper()
  const rpc = new RPCHandler(options.app.router)
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES })
  const open = new Set<Socket>()
  let hosts: ReadonlySet<string> = new Set()

  const isTrusted = (request: IncomingMessage): boolean => {
    const { host, origin } = request.headers
    if (options.pageOrigin !== undefined && origin === options.pageOrigin) return isOwnRequest({ host }, hosts)
    return isOwnRequest({ host, origin }, hosts)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy()) // whoever asked sees the cut; what broke was logged by the app
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isTrusted(request)) return refuse(response, 403, 'This address is for this computer only.')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET.')
    const url = new URL(request.url ?? '/', 'http://holdfast')
    const token = url.searchParams.get('token')
    if (token !== null) return exchange(response, token, url)
    if (!sessions.isKnown(request.headers.cookie)) {
      return refuse(response, 401, 'Open the address that `holdfast serve` printed; it holds a token that works once.')
    }
    if (url.pathname.startsWith('/content/')) return sendContent(request, response, url)
    if (isPageRoute(url.pathname)) return sendPage(response)
    const asset = resolveAsset(options.pageDirectory, url.pathname)
    const bytes = asset && (await readFile(asset.path).catch(() => undefined))
    if (!asset || !bytes) return refuse(response, 404, 'There is nothing here.')
    response
      .writeHead(200, { ...commonHeaders, 'Content-Type': asset.contentType, 'Cache-Control': 'private, max-age=3600' })
      .end(bytes)
  }

  function exchange(response: ServerResponse, token: string, url: URL): void {
    const cookie = sessions.exchange(token)
    if (cookie) {
      const headers = { ...commonHeaders, 'Set-Cookie': cookie, Location: url.pathname, 'Cache-Control': 'no-store' }
      response.writeHead(303, headers).end()
    } else {
      refuse(response, 401, 'This address was used already. Start `holdfast serve` again for a fresh one.')
    }
  }

  async function sendPage(response: ServerResponse): Promise<void> {
    const page = await readFile(join(options.pageDirectory, 'index.html'), 'utf8').catch(() => undefined)
    if (page === undefined)
      return refuse(response, 503, 'The window is not built. Run `npm start`, or `npm run build` first.')
    const nonce = randomBytes(16).toString('base64')
    response
      .writeHead(200, {
        ...commonHeaders,
        'Content-Type': 'text/html; charset=utf-8',
        'Content-Security-Policy': contentSecurityPolicy(nonce),
        'Cache-Control': 'no-store',
      })
      .end(withNonce(page, nonce))
  }

  async function sendContent(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const abort = new AbortController()
    response.once('close', () => abort.abort())
    const token = decodeURIComponent(url.pathname.split('/')[2] ?? '')
    const content = await options.app.content.open({ entry: token, range: request.headers.range }, abort.signal)
    response.writeHead(content.status, { ...commonHeaders, ...content.headers })
    await pipeline(content.body, response)
  }

  server.on('upgrade', (request, socket, head) => {
    if (
      !isTrusted(request) ||
      !request.headers.origin ||
      !sessions.isKnown(request.headers.cookie) ||
      new URL(request.url ?? '', 'http://holdfast').pathname !== '/rpc'
    ) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate())
      void rpc.upgrade(webSocket, { context: {} }) // failures travel to the client as answers
    })
  })
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.hostname, resolve)
  })
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  hosts = ownHosts(options.hostname, port)

  return {
    port,
    address: () =>
      `http://${options.hostname.includes(':') ? `[${options.hostname}]` : options.hostname}:${port}/?token=${sessions.issueToken()}`,
    async close() {
      for (const client of sockets.clients) client.terminate()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

function refuse(response: ServerResponse, status: number, sentence: string): void {
  response
    .writeHead(status, { ...commonHeaders, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
    .end(`${sentence}\n`)
}
