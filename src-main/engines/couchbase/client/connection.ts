import { ProtocolError } from '../../../../src-shared/errors.ts'
import { FORMAT, type Header, magic } from '../wire/header.ts'
import { encodeRequest, type Packet, type RequestParts, splitBody } from '../wire/packet.ts'
import { PacketReader } from '../wire/packet-reader.ts'
import { status } from '../wire/status.ts'
import { ConnectionLostError, StatusError } from './failures.ts'
import type { Transport } from './transport.ts'

/** Answers other than files are read as a whole: the largest is a manifest or a cluster map. */
const MAX_ANSWER_BYTES = 32 << 20
/** A header may announce as much as the protocol can; only files come so large, and those are streamed. */
const MAX_FRAME = 2 ** 32 + 24
/** STAT answers come row by row. */
const MAX_ROWS = 200_000

/** An answer whose body is read while it arrives. */
export interface StreamedAnswer {
  readonly header: Header
  /** A piece is valid until the next is asked for. */
  readonly pieces: AsyncIterable<Uint8Array>
  /** Must be called. A body that was not read to its end costs the connection. */
  close(): void
}

interface Pending {
  /** Resolves when the next answer may be read, false when this one has to be waited for longer (rows). */
  take(header: Header): Promise<'done' | 'more'>
  fail(error: Error): void
}

type Request = Omit<RequestParts, 'opaque'>

/**
 * Asks, and gives every answer to whoever asked: several may be under way, and answers may come in any order. Who cancels
 * stops waiting; the answer is read and dropped when it comes, and the connection serves the others (spec couchbase §14).
 */
export class ClientConnection {
  readonly #transport: Transport
  readonly #reader: PacketReader
  readonly #pending = new Map<number, Pending>()
  #lastOpaque = 0
  #failure: Error | undefined

  constructor(transport: Transport) {
    this.#transport = transport
    this.#reader = new PacketReader(transport.input)
    transport.onIdle(() => {
      if (this.#pending.size > 0) this.destroy(new ConnectionLostError('the node fell silent'))
    })
    void this.#run() // whoever waits hears its failure
  }

  get isSecure(): boolean {
    return this.#transport.isSecure
  }

  get isAlive(): boolean {
    return this.#failure === undefined
  }

  /** The answer, whatever its status. */
  async ask(request: Request, signal: AbortSignal): Promise<Packet> {
    return this.#send<Packet>(request, signal, (resolve) => async (header) => {
      resolve(await this.#readWhole(header))
      return 'done'
    })
  }

  /** @throws StatusError for an answer that is not success. */
  async request(request: Request, signal: AbortSignal): Promise<Packet> {
    const packet = await this.ask(request, signal)
    if (packet.header.vbucketOrStatus !== status.success) throw new StatusError(packet)
    return packet
  }

  /** Many answers to one request, until the one without a key: STAT. */
  async rows(request: Request, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>()
    return this.#send<ReadonlyMap<string, string>>(request, signal, (resolve, reject) => async (header) => {
      const packet = await this.#readWhole(header)
      if (header.vbucketOrStatus !== status.success) reject(new StatusError(packet))
      else if (packet.key.length === 0) resolve(found)
      else {
        found.set(Buffer.from(packet.key).toString(), Buffer.from(packet.value).toString())
        if (found.size > MAX_ROWS) throw new ProtocolError(FORMAT, 'STAT', 0, `more than ${MAX_ROWS} rows`)
        return 'more'
      }
      return 'done'
    })
  }

  /** @throws StatusError for an answer that is not success. */
  async stream(request: Request, signal: AbortSignal): Promise<StreamedAnswer> {
    const abort = () => void this.destroy(asError(signal.reason)) // a body on its way blocks everything behind it
    signal.addEventListener('abort', abort, { once: true })
    const answer = this.#send<StreamedAnswer>(request, signal, (resolve, reject) => async (header) => {
      if (header.vbucketOrStatus !== status.success) {
        reject(new StatusError(await this.#readWhole(header)))
        return 'done'
      }
      const skipped = header.framingExtrasLength + header.extrasLength + header.keyLength
      await this.#reader.body(skipped, skipped)
      const { promise: closed, resolve: close } = Promise.withResolvers<void>()
      let left = header.bodyLength - skipped
      const pieces = this.#reader.pieces(left)
      const connection = this
      resolve({
        header,
        pieces: (async function* () {
          try {
            for await (const piece of pieces) {
              left -= piece.length
              yield piece
            }
          } catch (error) {
            throw connection.destroy(asLost(error))
          }
        })(),
        close() {
          signal.removeEventListener('abort', abort)
          if (left > 0) connection.destroy(new ConnectionLostError('a body was not read to its end'))
          close()
        },
      })
      await closed
      return 'done'
    })
    answer.catch(() => signal.removeEventListener('abort', abort))
    return answer
  }

  /** Ends the connection and everything that waits. Returns what it ended of. */
  destroy(reason: Error = new ConnectionLostError('the connection was closed')): Error {
    this.#failure ??= reason
    this.#transport.destroy(this.#failure)
    for (const pending of this.#pending.values()) pending.fail(this.#failure)
    this.#pending.clear()
    return this.#failure
  }

  #send<Answer>(
    request: Request,
    signal: AbortSignal,
    make: (resolve: (answer: Answer) => void, reject: (error: Error) => void) => Pending['take'],
  ): Promise<Answer> {
    signal.throwIfAborted()
    if (this.#failure) return Promise.reject(this.#failure)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    this.#lastOpaque = (this.#lastOpaque + 1) >>> 0
    const opaque = this.#lastOpaque
    this.#pending.set(opaque, { take: make(resolve, reject), fail: reject })
    const abort = () => reject(asError(signal.reason))
    signal.addEventListener('abort', abort, { once: true })
    this.#transport.write(encodeRequest({ ...request, opaque }))
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const header = await this.#reader.header(MAX_FRAME)
        if (header === undefined) throw new ConnectionLostError('the node closed the connection')
        if (header.magic !== magic.response && header.magic !== magic.flexResponse) {
          throw new ProtocolError(FORMAT, 'magic', 0, 'it is not that of an answer')
        }
        const pending = this.#pending.get(header.opaque)
        if (pending === undefined) throw new ProtocolError(FORMAT, 'opaque', 12, `nobody asked ${header.opaque}`)
        if ((await pending.take(header)) === 'done') this.#pending.delete(header.opaque)
      }
    } catch (error) {
      this.destroy(asLost(error))
    }
  }

  async #readWhole(header: Header): Promise<Packet> {
    return splitBody(header, await this.#reader.body(header.bodyLength, MAX_ANSWER_BYTES))
  }
}

/** What ends a connection is a loss of it, but for what the peer did wrong. */
function asLost(error: unknown): Error {
  if (error instanceof ProtocolError || error instanceof ConnectionLostError) return error
  return new ConnectionLostError(error instanceof Error ? error.message : String(error), { cause: error })
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
