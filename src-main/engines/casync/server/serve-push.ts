import { HoldfastError } from '../../../../src-shared/errors.ts'
import { digestOf } from '../../../archive/catar/feature-flags.ts'
import type { PlacedChunk } from '../../../storage/chunk-index.ts'
import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import { digestAlgorithms } from '../chunk-digest.ts'
import type { BytePipes } from '../exchange/byte-pipes.ts'
import { Connection, endedEarly } from '../exchange/connection.ts'
import { IndexDecoder } from '../index/index-decoder.ts'
import { openChunk } from '../store/chunk-payload.ts'
import type { LocalStore } from '../store/local-store.ts'
import { createNewFile, type NewFile } from '../store/new-file.ts'
import { protocolFeature as f } from '../wire/hello.ts'
import type { ChunkMessage, Message } from '../wire/message.ts'
import { RequestedChunks } from '../wire/requested-chunks.ts'
import type { ServedPath, ServeOptions } from './serve-pull.ts'

export interface PushTargets {
  readonly archive?: ServedPath | undefined
  readonly index?: ServedPath | undefined
  /** Gets the chunks. */
  readonly store?: LocalStore | undefined
  /** What these have is not asked for. */
  readonly extraStores: readonly LocalStore[]
}

const storedAtOnce = 4

/**
 * `casync push` (spec casync §3.6). Returns when everything is durable and under its name, and the client was told so. What
 * goes wrong is told to the client and thrown; then no file is left, only chunks, which are good by themselves.
 */
export async function servePush(
  pipes: BytePipes,
  targets: PushTargets,
  options: ServeOptions,
  signal: AbortSignal,
): Promise<void> {
  await new PushServer(pipes, targets, options, signal).run()
}

class PushServer {
  readonly #connection: Connection
  readonly #targets: PushTargets
  readonly #requested = new RequestedChunks()
  readonly #decoder = new IndexDecoder()
  #clientFeatures = 0n
  #index: NewFile | undefined
  #archive: NewFile | undefined
  #isIndexComplete = false
  #isArchiveComplete = false

  constructor(pipes: BytePipes, targets: PushTargets, options: ServeOptions, signal: AbortSignal) {
    this.#targets = targets
    const { archive, index, store } = targets
    this.#connection = new Connection(pipes, {
      features: (store ? f.writableStore : 0n) | (index ? f.writableIndex : 0n) | (archive ? f.writableArchive : 0n),
      silenceMs: options.silenceMs,
      lingers: true,
      isAwaiting: () => true,
      bytesPerSecond: options.bytesPerSecond,
      signal,
    })
  }

  async run(): Promise<void> {
    try {
      await forEachBounded(this.#chunks(), storedAtOnce, async (chunk) => {
        await this.#store(chunk).catch((error: unknown) => {
          this.#connection.fail(error) // else we would wait for the next message first
          throw error
        })
      })
      await this.#targets.store?.sync()
      await this.#archive?.commit()
      await this.#index?.commit()
      await this.#connection.send({ type: 'goodbye' })
      // The client may be gone by now: what it was told is true.
      await this.#connection.end().catch(() => undefined)
    } catch (error) {
      await this.#connection.end(error)
      throw error
    } finally {
      await this.#index?.discard()
      await this.#archive?.discard()
    }
  }

  /** Takes everything but chunks itself. Ends when all that was announced is there. */
  async *#chunks(): AsyncGenerator<ChunkMessage, void, undefined> {
    for await (const message of this.#connection.messages()) {
      if (message.type === 'chunk') {
        if (this.#requested.answered(message) === 'awaited') yield message
      } else await this.#take(message)
      if (this.#isEverythingHere) return
      if (message.type === 'goodbye') break
    }
    throw endedEarly('everything had come')
  }

  async #take(message: Exclude<Message, ChunkMessage>): Promise<void> {
    switch (message.type) {
      case 'hello':
        return await this.#start(message.featureFlags)
      case 'index':
        await this.#index?.write(message.data)
        return await this.#request(this.#decoder.push(message.data))
      case 'index-eof':
        this.#decoder.finish()
        this.#isIndexComplete = true
        return
      case 'archive':
        return await this.#archive?.write(message.data)
      case 'archive-eof':
        this.#isArchiveComplete = true
        return
      case 'missing':
        throw new HoldfastError('chunk/missing', { detail: `The client does not have ${message.id} any more.` })
    }
  }

  /** Files are made only when the client says that it will send them. */
  async #start(features: bigint): Promise<void> {
    this.#clientFeatures = features
    const { index, archive } = this.#targets
    if ((features & (f.pushIndex | f.pushArchive)) === 0n) {
      // casync says goodbye here and has lost everything (§15, 5).
      throw new HoldfastError('repository/unsupported', {
        detail: 'Chunks cannot be stored without an index that names them.',
        hint: 'Give an index at the far end as well.',
      })
    }
    if ((features & f.pushIndex) !== 0n && index !== undefined) this.#index = await createNewFile(index.path)
    if ((features & f.pushArchive) !== 0n && archive !== undefined) this.#archive = await createNewFile(archive.path)
  }

  async #request(chunks: readonly PlacedChunk[]): Promise<void> {
    if ((this.#clientFeatures & f.pushIndexChunks) === 0n) return
    const lacking = []
    for (const { digest } of chunks) if (!(await this.#has(digest))) lacking.push(digest)
    for (const message of this.#requested.request(lacking, false)) {
      // Not waited for: we must go on reading. How many there can be is up to the index that we have.
      this.#connection.send(message).catch((error: unknown) => this.#connection.fail(error))
    }
  }

  async #has(id: PlacedChunk['digest']): Promise<boolean> {
    if (await this.#targets.store?.keep(id)) return true
    for (const store of this.#targets.extraStores) if (await store.has(id)) return true
    return false
  }

  async #store({ id, isCompressed, data }: ChunkMessage): Promise<void> {
    const { store } = this.#targets
    if (store === undefined) throw new TypeError('chunks without a store') // not agreed upon, so never here
    const header = this.#decoder.header
    const algorithms = header === undefined ? digestAlgorithms : [digestOf(header.featureFlags)]
    const plain = openChunk(id, { bytes: data, isCompressed }, { algorithms })
    if (isCompressed) await store.writeStored(id, { bytes: data, isCompressed })
    else await store.write(id, plain)
  }

  get #isEverythingHere(): boolean {
    const wants = (feature: bigint): boolean => (this.#clientFeatures & feature) !== 0n
    return (
      this.#clientFeatures !== 0n &&
      (!wants(f.pushIndex) || this.#isIndexComplete) &&
      (!wants(f.pushArchive) || this.#isArchiveComplete) &&
      this.#requested.waitingCount === 0
    )
  }
}
