import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Content } from '../content.ts'
import { type BugLog, isAbort, toPlainError } from '../contract-errors.ts'
import type { SnapshotsService } from '../services/snapshots.ts'
import { davEnd, davResponse, davStart } from './dav-answer.ts'
import { fromAddress, toSegment } from './dav-path.ts'

const pageSize = 1000
const methods = 'OPTIONS, GET, HEAD, PROPFIND'
/** As many as a person keeps open; the oldest goes. */
const mostDrives = 16

/** A snapshot that file managers show as a drive. */
export interface Drive {
  readonly snapshotId: SnapshotId
  /** Of a WebDAV share on loopback. Whoever on this computer knows it can read; nobody can guess it. */
  readonly address: string
}

export interface DriveParts {
  readonly snapshots: Pick<SnapshotsService, 'get' | 'stat' | 'browse'>
  readonly content: Content
  readonly bugs: BugLog
}

/**
 * Snapshots as drives: WebDAV class 1 (RFC 4918), read only, on loopback. Linux, macOS and Windows mount it with what they
 * bring along. Links and devices are not part of WebDAV and are left out.
 */
export class SnapshotDrives {
  readonly #parts: DriveParts
  readonly #drives = new Map<string, SnapshotId>()
  #server: Promise<{ readonly server: Server; readonly port: number }> | undefined

  constructor(parts: DriveParts) {
    this.#parts = parts
  }

  /** Throws `snapshot/unknown`. A snapshot that is open already keeps its address. */
  async open(snapshotId: SnapshotId): Promise<Drive> {
    await this.#parts.snapshots.get(snapshotId)
    this.#server ??= this.#listen()
    const { port } = await this.#server
    const known = [...this.#drives].find(([, id]) => id === snapshotId)?.[0]
    const token = known ?? randomBytes(16).toString('hex')
    this.#drives.set(token, snapshotId)
    const oldest = this.#drives.keys().next().value
    if (this.#drives.size > mostDrives && oldest !== undefined) this.#drives.delete(oldest)
    return { snapshotId, address: `http://127.0.0.1:${port}/${token}/` }
  }

  /** What reads from it from now on finds nothing. Harmless when it is not open. */
  async closeDrive(snapshotId: SnapshotId): Promise<void> {
    for (const [token, id] of this.#drives) if (id === snapshotId) this.#drives.delete(token)
    if (this.#drives.size === 0) await this.close()
  }

  async close(): Promise<void> {
    this.#drives.clear()
    const listening = this.#server
    this.#server = undefined
    const opened = await listening?.catch(() => undefined)
    opened?.server.closeAllConnections()
    await new Promise<void>((resolve) => (opened === undefined ? resolve() : opened.server.close(() => resolve())))
  }

  async #listen(): Promise<{ server: Server; port: number }> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        if (!isAbort(error) && !response.headersSent) {
          const { code } = toPlainError(error, this.#parts.bugs)
          return void response.writeHead(/unknown|not-found/.test(code) ? 404 : 500).end()
        }
        response.destroy() // whoever reads sees the cut instead of a short file
      })
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo // a TCP server that listens has one
    return { server, port }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request
    const opened = await this.#server
    // A page of some site that had its name pointed here sends another host, and an origin.
    const isOwn = headers.host === `127.0.0.1:${opened?.port}` || headers.host === `localhost:${opened?.port}`
    if (!isOwn || headers.origin !== undefined) return void response.writeHead(403).end()
    const names = fromAddress((request.url ?? '').split('?')[0] ?? '')
    const [token, ...rest] = names ?? []
    const snapshotId = token === undefined ? undefined : this.#drives.get(token)
    if (snapshotId === undefined || token === undefined) return void response.writeHead(404).end()
    const abort = new AbortController()
    response.once('close', () => abort.abort())
    const place: Place = { snapshotId, token, path: rest.join('/'), signal: abort.signal }
    switch (method) {
      case 'OPTIONS':
        return void response.writeHead(200, { DAV: '1', Allow: methods, 'MS-Author-Via': 'DAV' }).end()
      case 'PROPFIND':
        return this.#list(place, headers.depth, response)
      case 'GET':
      case 'HEAD':
        return this.#send(place, request, response)
      default:
        return void response.writeHead(405, { Allow: methods }).end()
    }
  }

  async #list(place: Place, depth: string | string[] | undefined, response: ServerResponse): Promise<void> {
    // RFC 4918 §9.1 lets a server refuse to list everything below.
    if (depth !== '0' && depth !== '1') return void response.writeHead(403).end()
    const entry = await this.#entry(place)
    if (!isShown(entry)) return void response.writeHead(404).end()
    response.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8' })
    await pipeline(this.#listing(place, entry, depth === '1'), response)
  }

  async *#listing(place: Place, entry: Listed, withChildren: boolean): AsyncGenerator<string> {
    const here = hrefOf(place, entry.kind === 'directory')
    yield davStart + davResponse({ href: here, entry })
    if (withChildren && entry.kind === 'directory') {
      for (let offset = 0; ; offset += pageSize) {
        const { entries, total } = await this.#parts.snapshots.browse(
          {
            id: place.snapshotId,
            path: place.path,
            showDeleted: false,
            filter: undefined,
            order: { by: 'name', descending: false },
            offset,
            limit: pageSize,
          },
          place.signal,
        )
        for (const child of entries) {
          if (!isShown(child)) continue
          const slash = child.kind === 'directory' ? '/' : ''
          yield davResponse({ href: `${here}${toSegment(child.name)}${slash}`, entry: child })
        }
        if (entries.length === 0 || offset + pageSize >= total) break
      }
    }
    yield davEnd
  }

  async #send(place: Place, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = await this.#entry(place)
    if (entry.kind === 'directory' || !isShown(entry)) return void response.writeHead(404).end()
    const { range } = request.headers
    const content = await this.#parts.content.open(
      { entry: { snapshotId: place.snapshotId, path: place.path, as: 'download' }, range },
      place.signal,
    )
    const modified = new Date(entry.modifiedAt).toUTCString()
    response.writeHead(content.status, { ...content.headers, 'accept-ranges': 'bytes', 'last-modified': modified })
    if (request.method === 'HEAD') {
      await content.body[Symbol.asyncIterator]().return?.()
      return void response.end()
    }
    await pipeline(content.body, response)
  }

  async #entry({ snapshotId, path, signal }: Place): Promise<Listed> {
    const { snapshots } = this.#parts
    if (path !== '') return snapshots.stat(snapshotId, path, signal)
    const { ref } = await snapshots.get(snapshotId)
    return { name: ref.backupId, kind: 'directory', sizeBytes: 0, modifiedAt: ref.time * 1000 }
  }
}

type Listed = Pick<Entry, 'name' | 'kind' | 'sizeBytes' | 'modifiedAt'>

/** What an address names. */
interface Place {
  readonly snapshotId: SnapshotId
  readonly token: string
  readonly path: string
  readonly signal: AbortSignal
}

function isShown({ kind }: Listed): boolean {
  return kind === 'directory' || kind === 'file' || kind === 'hardlink'
}

function hrefOf({ token, path }: Place, isFolder: boolean): string {
  const names = path === '' ? [] : path.split('/').map(toSegment)
  return `/${[token, ...names].join('/')}${isFolder ? '/' : ''}`
}
