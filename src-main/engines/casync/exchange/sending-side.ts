import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { type ChunkPayload, sealChunk } from '../store/chunk-payload.ts'
import { type Message, maxChunkDataBytes, minFirstIndexBytes } from '../wire/message.ts'
import { RequestQueue } from '../wire/request-queue.ts'
import type { Connection } from './connection.ts'

/** What one side has to give: a server that is pulled from, a client that pushes. */
export interface SentThings {
  /** Bytes of the index, in pieces of any size. */
  readonly index?: AsyncIterable<Uint8Array> | undefined
  readonly archive?: AsyncIterable<Uint8Array> | undefined
  /** The chunk as it is stored, verified; undefined for one that is not there. */
  chunk(id: Digest): Promise<ChunkPayload | undefined>
}

type Answer = Extract<Message, { readonly type: 'chunk' | 'missing' }>

/** Looked up ahead of being sent. What is asked for urgently waits for no more than these. */
const lookedUpAtOnce = 4

/**
 * Sends files and answers requests, whatever is ready; requests come first, as with casync, but neither holds the other
 * up (spec casync §3.5, §3.6).
 */
export class SendingSide {
  readonly #connection: Connection
  readonly #things: SentThings
  readonly #queue = new RequestQueue()
  readonly #answers: Promise<Answer>[] = []
  #piece: Message | undefined
  #areFilesSent = false
  #isStopping = false
  #wake: (() => void) | undefined
  #wakeFiles: (() => void) | undefined
  #failure: { readonly reason: unknown } | undefined

  constructor(connection: Connection, things: SentThings) {
    this.#connection = connection
    this.#things = things
  }

  /** Whether everything that was asked for is on its way, and the files as well. */
  get isIdle(): boolean {
    return this.#areFilesSent && this.#piece === undefined && this.#queue.size === 0 && this.#answers.length === 0
  }

  /** The peer wants these. */
  request({ ids, isHighPriority }: Extract<Message, { readonly type: 'request' }>): void {
    this.#queue.add(ids, isHighPriority)
    this.#wake?.()
  }

  /** Nothing more will be asked for: `run` returns when everything is sent. */
  stop(): void {
    this.#isStopping = true
    this.#wake?.()
  }

  /** Throws when a file or a chunk cannot be read, or the connection fails. */
  async run(): Promise<void> {
    this.#readFiles().catch((reason: unknown) => {
      this.#failure = { reason }
      this.#wake?.()
    })
    try {
      while (!(this.#isStopping && this.isIdle)) await this.#step()
    } finally {
      this.#isStopping = true
      this.#wakeFiles?.()
      await Promise.allSettled(this.#answers)
    }
  }

  async #step(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.reason
    this.#lookUp()
    const answer = this.#answers[0]
    if (answer !== undefined) {
      await this.#connection.send(await answer)
      this.#answers.shift()
      return
    }
    const piece = this.#piece
    if (piece !== undefined) {
      await this.#connection.send(piece)
      this.#piece = undefined
      this.#wakeFiles?.()
      return
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    await this.#connection.unlessFailed(promise)
    this.#wake = undefined
  }

  #lookUp(): void {
    while (this.#answers.length < lookedUpAtOnce) {
      const id = this.#queue.next()
      if (id === undefined) return
      const answer = this.#answer(id)
      answer.catch(() => undefined) // thrown in its turn
      this.#answers.push(answer)
    }
  }

  async #answer(id: Digest): Promise<Answer> {
    const found = await this.#things.chunk(id)
    if (found === undefined) return { type: 'missing', id }
    const { bytes, isCompressed } = found.isCompressed ? found : sealChunk(found.bytes, 'zstd')
    if (bytes.length > maxChunkDataBytes) {
      throw new HoldfastError('repository/unsupported', {
        detail: `The chunk ${id} has ${bytes.length} bytes; no more than ${maxChunkDataBytes} can travel.`,
        hint: 'Make the store again with smaller chunks.',
      })
    }
    return { type: 'chunk', id, isCompressed, data: bytes }
  }

  /** Puts one piece after the other where `run` takes it. */
  async #readFiles(): Promise<void> {
    const { index, archive } = this.#things
    if (index !== undefined) {
      for await (const data of withFullStart(index)) if (!(await this.#offer({ type: 'index', data }))) return
      await this.#offer({ type: 'index-eof' })
    }
    if (archive !== undefined) {
      for await (const data of archive) {
        if (data.length > 0 && !(await this.#offer({ type: 'archive', data }))) return
      }
      await this.#offer({ type: 'archive-eof' })
    }
    this.#areFilesSent = true
    this.#wake?.()
  }

  /** Returns when the piece was sent; false when nothing more is to be read. */
  async #offer(piece: Message): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wakeFiles = resolve
    this.#piece = piece
    this.#wake?.()
    await promise
    return this.#piece === undefined
  }
}

/** casync takes the first piece of an index apart as if its header were all there (§3.7). */
async function* withFullStart(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let start: Uint8Array | undefined = new Uint8Array(0)
  for await (const piece of pieces) {
    if (start === undefined) {
      if (piece.length > 0) yield piece
      continue
    }
    start = Buffer.concat([start, piece])
    if (start.length < minFirstIndexBytes) continue
    yield start
    start = undefined
  }
  if (start !== undefined) throw new HoldfastError('index/corrupt', { detail: `It has only ${start.length} bytes.` })
}
