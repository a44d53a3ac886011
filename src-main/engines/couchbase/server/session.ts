import type { Socket } from 'node:net'
import type { ScramServer } from '../sasl/scram-server.ts'
import { datatype } from '../wire/datatype.ts'
import { encodeErrorBody } from '../wire/error-body.ts'
import { feature } from '../wire/hello.ts'
import { jsonBytes } from '../wire/json-text.ts'
import { encodeResponse, type Packet } from '../wire/packet.ts'
import { status } from '../wire/status.ts'
import type { ServedBucket } from './served-bucket.ts'
import { SocketOutput } from './socket-output.ts'
import type { CouchbaseUser } from './user.ts'

interface AnswerParts {
  readonly status?: number | undefined
  readonly key?: Uint8Array | undefined
  readonly value?: Uint8Array | undefined
  /** Marks the value as JSON for a client that wants to know. */
  readonly isJson?: boolean | undefined
}

/** Without XERROR these become the end of the connection (spec couchbase §2.5). */
const onlyWithXerror = new Set<number>([status.eaccess, status.noBucket, status.authStale])

/** One connection of a client. */
export class Session {
  readonly id: number
  readonly peer: string
  readonly isSecure: boolean
  readonly isLoopback: boolean
  readonly since: number
  readonly output: SocketOutput
  readonly #socket: Socket
  agent = ''
  user: CouchbaseUser | undefined
  bucket: ServedBucket | undefined
  scram: ScramServer | undefined
  features: ReadonlySet<number> = new Set()
  activity = ''

  constructor(socket: Socket, { id, isSecure, now }: { id: number; isSecure: boolean; now: number }) {
    const address = socket.remoteAddress ?? ''
    this.id = id
    this.peer = `${address.includes(':') ? `[${address}]` : address}:${socket.remotePort ?? 0}`
    this.isSecure = isSecure
    this.isLoopback = isLoopbackAddress(address)
    this.since = now
    this.output = new SocketOutput(socket)
    this.#socket = socket
  }

  async answer({ header }: Packet, parts: AnswerParts = {}): Promise<void> {
    const isJson = parts.isJson === true && this.features.has(feature.json)
    await this.output.write(
      encodeResponse({
        opcode: header.opcode,
        opaque: header.opaque,
        status: parts.status ?? status.success,
        datatype: isJson ? datatype.json : datatype.raw,
        key: parts.key,
        value: parts.value,
      }),
    )
  }

  /** A refusal with its reason, in the form the client asked for. */
  async refuse(packet: Packet, code: number, context?: string): Promise<void> {
    if (onlyWithXerror.has(code) && !this.features.has(feature.xerror)) return this.destroy()
    const value = context === undefined ? undefined : encodeErrorBody({ context })
    await this.answer(packet, { status: code, value, isJson: value !== undefined })
  }

  async answerJson(packet: Packet, json: unknown, code: number = status.success): Promise<void> {
    await this.answer(packet, { status: code, value: jsonBytes(json), isJson: true })
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
}
