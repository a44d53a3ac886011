import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { BytePipes } from '../exchange/byte-pipes.ts'
import { Connection, endedEarly } from '../exchange/connection.ts'
import { FileInbox } from '../exchange/file-inbox.ts'
import type { ChunkPayload } from '../store/chunk-payload.ts'
import { protocolFeature as f } from '../wire/hello.ts'
import type { Message } from '../wire/message.ts'
import { RequestedChunks } from '../wire/requested-chunks.ts'

/** What is wanted of a server. */
export interface PullWish {
  readonly index?: boolean | undefined
  readonly archive?: boolean | undefined
  readonly chunks?: boolean | undefined
}

export interface SessionOptions {
  /** Of the peer, while something is awaited of it. Two minutes unless told otherwise. */
  readonly silenceMs?: number | undefined
  readonly bytesPerSecond?: number | undefined
}

export const defaultSilenceMs = 120_000

/**
 * The client's side of a pull (spec casync §3.5). Files are read to their end before chunks are asked for, since they come
 * on one connection. Close it, whatever happens.
 */
export class PullSession implements AsyncDisposable {
  readonly #connection: Connection
  readonly #wish: PullWish
  readonly #requested = new RequestedChunks()
  readonly #waiting = new Map<Digest, PromiseWithResolvers<ChunkPayload | undefined>>()
  readonly #index = new FileInbox()
  readonly #archive = new FileInbox()
  readonly #answered = new Set<Digest>()
  readonly #greeting = Promise.withResolvers<void>()
  readonly #reading: Promise<void>
  #isClosing = false
  #failure: { readonly reason: unknown } | undefined

  private constructor(pipes: BytePipes, wish: PullWish, options: SessionOptions, signal: AbortSignal) {
    this.#wish = wish
    this.#connection = new Connection(pipes, {
      features: featuresOf(wish),
      silenceMs: options.silenceMs ?? defaultSilenceMs,
      isAwaiting: () => this.#isAwaiting,
      bytesPerSecond: options.bytesPerSecond,
      signal,
    })
    this.#greeting.promise.catch(() => undefined) // heard in `open`
    this.#reading = this.#read()
  }

  /** Returns when the server has greeted and can do what is wanted. Takes the pipes over, also when it throws. */
  static async open(
    pipes: BytePipes,
    wish: PullWish,
    options: SessionOptions,
    signal: AbortSignal,
  ): Promise<PullSession> {
    const session = new PullSession(pipes, wish, options, signal)
    try {
      await session.#greeting.promise
      return session
    } catch (error) {
      await session.close()
      throw error
    }
  }

  /** The bytes of the index, as they come. Once. */
  index(): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#index.read((change) => this.#connection.unlessFailed(change))
  }

  /** The bytes of the archive, which come after the index. Once. */
  archive(): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#archive.read((change) => this.#connection.unlessFailed(change))
  }

  /** A server answers once for a chunk: for one that was answered, another connection is needed. */
  hasAnswered(id: Digest): boolean {
    return this.#answered.has(id)
  }

  /** A chunk as it came, not verified; undefined when the server has none. Any number at once, the caller bounds it. */
  async get(id: Digest): Promise<ChunkPayload | undefined> {
    if (this.hasAnswered(id)) throw new TypeError(`${id} was answered before`)
    if (this.#isFilePending) throw new TypeError('chunks come after the index and the archive')
    const asked = this.#waiting.get(id)
    if (asked !== undefined) return await asked.promise
    const answer = Promise.withResolvers<ChunkPayload | undefined>()
    answer.promise.catch(() => undefined) // heard below, when sending does not fail first
    this.#waiting.set(id, answer)
    for (const message of this.#requested.request([id], true)) await this.#connection.send(message)
    return await this.#connection.unlessFailed(answer.promise)
  }

  /** Ends the connection, politely unless it failed. What is awaited is rejected. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosing) return await this.#reading
    this.#isClosing = true
    if (this.#failure === undefined && !this.#isAwaiting) {
      // As casync does: without GOODBYE, by closing our side.
      await this.#connection.end().catch(() => undefined) // a server that is gone is as good
    } else {
      await this.#connection.end(this.#failure?.reason ?? new DOMException('closed', 'AbortError'))
    }
    this.#connection.fail(new Error('the session is closed'))
    await this.#reading
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #isFilePending(): boolean {
    return (this.#wish.index === true && !this.#index.isRead) || (this.#wish.archive === true && !this.#archive.isRead)
  }

  get #isAwaiting(): boolean {
    return this.#waiting.size > 0 || this.#isFilePending
  }

  /** Never rejects: a failure is thrown wherever something is awaited. */
  async #read(): Promise<void> {
    try {
      for await (const message of this.#connection.messages()) {
        if (message.type === 'goodbye') break
        await this.#take(message)
      }
      throw endedEarly(this.#isAwaiting ? 'everything had come' : 'it was closed')
    } catch (reason) {
      this.#failure ??= { reason }
      this.#connection.fail(reason)
      this.#greeting.reject(reason)
    }
  }

  async #take(message: Message): Promise<void> {
    switch (message.type) {
      case 'hello':
        this.#greeting.resolve()
        return
      case 'index':
        return await this.#connection.unlessFailed(this.#index.put(message.data))
      case 'index-eof':
        return this.#index.complete()
      case 'archive':
        return await this.#connection.unlessFailed(this.#archive.put(message.data))
      case 'archive-eof':
        return this.#archive.complete()
      case 'chunk':
        return this.#answer(message, { bytes: message.data, isCompressed: message.isCompressed })
      case 'missing':
        return this.#answer(message, undefined)
    }
  }

  #answer(message: Message & { readonly type: 'chunk' | 'missing' }, payload: ChunkPayload | undefined): void {
    if (this.#requested.answered(message) === 'repeated') return
    this.#answered.add(message.id)
    this.#waiting.get(message.id)?.resolve(payload)
    this.#waiting.delete(message.id)
  }
}

function featuresOf({ index = false, archive = false, chunks = false }: PullWish): bigint {
  return (index ? f.pullIndex : 0n) | (archive ? f.pullArchive : 0n) | (chunks ? f.pullChunks : 0n)
}
