import { createHash } from 'node:crypto'
import http2 from 'node:http2'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import { crc32, zstdCompressSync } from 'node:zlib'

/** A client of the protocol written from its specification alone: nothing of the server's own code is in it. */

export interface RawReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export class Refused extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

export function dataOf(reply: RawReply): unknown {
  if (reply.status !== 200) throw new Refused(reply.status, reply.text)
  return (JSON.parse(reply.text) as { data: unknown }).data
}

/** One call of the HTTP/1 API on a connection of its own. */
export function call(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<RawReply> {
  return new Promise((resolve, reject) => {
    const request = https.request(
      { host: '127.0.0.1', port, path, method, headers, rejectUnauthorized: false, agent: false },
      (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(pieces)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text: bytes.toString() })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

export interface Upgrade {
  readonly headers: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | number | boolean>>
  readonly protocol?: string | undefined
}

const protocols = { backup: 'proxmox-backup-protocol-v1', reader: 'proxmox-backup-reader-protocol-v1' } as const

/** Upgrades and speaks HTTP/2 with prior knowledge. Throws `Refused` with what the server says instead of 101. */
export async function connect(port: number, kind: 'backup' | 'reader', upgrade: Upgrade): Promise<Connection> {
  const query = new URLSearchParams(
    Object.entries(upgrade.query).map(([key, value]): [string, string] => [key, String(value)]),
  )
  const socket = await new Promise<Duplex>((resolve, reject) => {
    const request = https.request({
      host: '127.0.0.1',
      port,
      path: `//api2/json/${kind}?${query}`,
      rejectUnauthorized: false,
      agent: false,
      headers: { ...upgrade.headers, connection: 'upgrade', upgrade: upgrade.protocol ?? protocols[kind] },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () => reject(new Refused(response.statusCode ?? 0, Buffer.concat(pieces).toString())))
    })
    request.on('upgrade', (response, upgraded, head) => {
      if (response.headers.upgrade !== protocols[kind]) reject(new Error('another protocol'))
      if (head.length > 0) upgraded.unshift(head)
      resolve(upgraded)
    })
    request.end()
  })
  const session = http2.connect('https://localhost:8007', {
    createConnection: () => socket,
    settings: { initialWindowSize: 2 ** 31 - 1, maxFrameSize: 4 << 20, enablePush: false },
    maxSessionMemory: 1000,
  })
  await new Promise<void>((resolve, reject) => {
    session.once('remoteSettings', () => resolve())
    session.once('error', reject)
  })
  session.on('error', () => undefined)
  return new Connection(session, socket)
}

export class Connection {
  readonly session: http2.ClientHttp2Session
  readonly #socket: Duplex

  constructor(session: http2.ClientHttp2Session, socket: Duplex) {
    this.session = session
    this.#socket = socket
  }

  request(method: string, path: string, body?: Uint8Array, contentType?: string): Promise<RawReply> {
    return new Promise((resolve, reject) => {
      const stream = this.session.request(
        { ':method': method, ':path': path, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
        { endStream: body === undefined },
      )
      let headers: http2.IncomingHttpHeaders = {}
      const pieces: Buffer[] = []
      stream.on('response', (response) => {
        headers = response
      })
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('error', reject)
      stream.on('end', () => {
        const bytes = Buffer.concat(pieces)
        resolve({ status: Number(headers[':status']), headers, bytes, text: bytes.toString() })
      })
      stream.on('close', () => reject(new Error(`stream closed with ${stream.rstCode}`)))
      if (body !== undefined) stream.end(body)
    })
  }

  get(path: string): Promise<RawReply> {
    return this.request('GET', path)
  }

  post(path: string, body?: Uint8Array): Promise<RawReply> {
    return this.request('POST', path, body, body === undefined ? undefined : 'application/octet-stream')
  }

  sendJson(method: string, path: string, value: unknown): Promise<RawReply> {
    return this.request(method, path, Buffer.from(JSON.stringify(value)), 'application/json')
  }

  /** As real clients do: the connection is simply dropped. */
  async drop(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      this.#socket.destroyed ? resolve() : this.#socket.once('close', resolve),
    )
    this.session.destroy()
    this.#socket.destroy()
    await closed
  }
}

export interface Chunk {
  readonly digest: string
  readonly size: number
  readonly blob: Buffer
}

/** A DataBlob (spec pbs §4.1) of plain data. */
export function makeBlob(data: Uint8Array, { compressed = false } = {}): Buffer {
  const payload = compressed ? zstdCompressSync(data) : Buffer.from(data)
  const head = Buffer.alloc(12)
  Buffer.from(compressed ? '31b958426fb6a37f' : '42ab3807be8370a1', 'hex').copy(head)
  head.writeUInt32LE(crc32(payload), 8)
  return Buffer.concat([head, payload])
}

export function makeChunk(data: Uint8Array, options: { readonly compressed?: boolean } = {}): Chunk {
  return { digest: sha256(data), size: data.length, blob: makeBlob(data, options) }
}

export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** The checksum of a dynamic index (§2.5): end offset and digest of each chunk. */
export function dynamicCsum(chunks: readonly Pick<Chunk, 'digest' | 'size'>[]): string {
  const hash = createHash('sha256')
  let end = 0n
  for (const { digest, size } of chunks) {
    end += BigInt(size)
    const offset = Buffer.alloc(8)
    offset.writeBigUInt64LE(end)
    hash.update(offset).update(digest, 'hex')
  }
  return hash.digest('hex')
}

/** The checksum of a fixed index: the digests in order. */
export function fixedCsum(digests: readonly string[]): string {
  const hash = createHash('sha256')
  for (const digest of digests) hash.update(digest, 'hex')
  return hash.digest('hex')
}

export function chunkPath(kind: 'dynamic' | 'fixed', wid: number, chunk: Chunk): string {
  return `/${kind}_chunk?digest=${chunk.digest}&encoded-size=${chunk.blob.length}&size=${chunk.size}&wid=${wid}`
}
