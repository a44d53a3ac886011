import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { toByteInput } from '../wire/byte-input.ts'

/**
 * Talks to a server with bytes put together here, not by our client: header fields at their offsets, nothing else.
 * Answers come back as plain fields.
 */
export interface RawAnswer {
  readonly magic: number
  readonly opcode: number
  readonly status: number
  readonly datatype: number
  readonly opaque: number
  readonly key: string
  readonly value: Buffer
  readonly json: unknown
  readonly bytes: Buffer
}

export interface RawRequest {
  readonly opcode: number
  readonly vbucket?: number
  readonly datatype?: number
  readonly cas?: bigint
  readonly extras?: Uint8Array
  readonly key?: string
  readonly value?: string | Uint8Array
}

export class RawClient {
  readonly socket: net.Socket
  readonly #input: ReturnType<typeof toByteInput>
  #rest: Buffer = Buffer.alloc(0)
  #opaque = 0x7000_0000

  private constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    this.#input = toByteInput(socket)
  }

  static async connect(port: number, options: { host?: string; tls?: tls.ConnectionOptions } = {}): Promise<RawClient> {
    const target = { host: options.host ?? '127.0.0.1', port }
    const socket = options.tls ? tls.connect({ ...target, ...options.tls }) : net.connect(target)
    await once(socket, options.tls ? 'secureConnect' : 'connect')
    return new RawClient(socket)
  }

  send(request: RawRequest): number {
    const { extras = Buffer.alloc(0), key = '', value = '', cas = 0n } = request
    const keyBytes = Buffer.from(key)
    const valueBytes = Buffer.from(value)
    const header = Buffer.alloc(24)
    this.#opaque += 1
    header[0] = 0x80
    header[1] = request.opcode
    header.writeUInt16BE(keyBytes.length, 2)
    header[4] = extras.length
    header[5] = request.datatype ?? 0
    header.writeUInt16BE(request.vbucket ?? 0, 6)
    header.writeUInt32BE(extras.length + keyBytes.length + valueBytes.length, 8)
    header.writeUInt32BE(this.#opaque, 12)
    header.writeBigUInt64BE(cas, 16)
    this.socket.write(Buffer.concat([header, extras, keyBytes, valueBytes]))
    return this.#opaque
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.write(bytes)
  }

  /** Undefined when the connection was closed before the answer was whole. */
  async receive(): Promise<RawAnswer | undefined> {
    const header = await this.#read(24)
    if (!header) return undefined
    const body = await this.#read(header.readUInt32BE(8))
    if (!body) return undefined
    const isFlex = header[0] === 0x18
    const keyLength = isFlex ? (header[3] ?? 0) : header.readUInt16BE(2)
    const keyAt = (isFlex ? (header[2] ?? 0) : 0) + (header[4] ?? 0)
    const value = body.subarray(keyAt + keyLength)
    return {
      magic: header[0] ?? 0,
      opcode: header[1] ?? 0,
      datatype: header[5] ?? 0,
      status: header.readUInt16BE(6),
      opaque: header.readUInt32BE(12),
      key: body.subarray(keyAt, keyAt + keyLength).toString(),
      value,
      json: parse(value),
      bytes: Buffer.concat([header, body]),
    }
  }

  async ask(request: RawRequest): Promise<RawAnswer> {
    const opaque = this.send(request)
    const answer = await this.receive()
    if (!answer) throw new Error('closed')
    if (answer.opaque !== opaque) throw new Error('another opaque')
    return answer
  }

  /** HELLO with XERROR and JSON, PLAIN, SELECT_BUCKET. */
  async enter({ features = [0x07, 0x08, 0x0b], user = 'backup', password = 's3cret', bucket = 'default' } = {}) {
    await this.ask({ opcode: 0x1f, key: 'raw', value: Buffer.from(features.flatMap((code) => [0, code])) })
    const login = await this.ask({ opcode: 0x21, key: 'PLAIN', value: `\0${user}\0${password}` })
    if (login.status !== 0) throw new Error(`login: ${login.status}`)
    const selected = await this.ask({ opcode: 0x89, key: bucket })
    if (selected.status !== 0) throw new Error(`select: ${selected.status}`)
    return this
  }

  /** True when the server ends the connection without another answer. */
  async isClosed(): Promise<boolean> {
    return (await this.receive()) === undefined
  }

  close(): void {
    this.socket.destroy()
  }

  async #read(length: number): Promise<Buffer | undefined> {
    const parts = [this.#rest]
    let have = this.#rest.length
    while (have < length) {
      const next = await this.#input.next().catch(() => undefined)
      if (!next) return undefined
      parts.push(Buffer.from(next))
      have += next.length
    }
    const all = Buffer.concat(parts)
    this.#rest = all.subarray(length)
    return all.subarray(0, length)
  }
}

function parse(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString())
  } catch {
    return undefined
  }
}
