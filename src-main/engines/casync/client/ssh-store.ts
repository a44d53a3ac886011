import type { Digest } from '../../../../src-shared/model/digest.ts'
import { type ChunkPayload, type OpenChunkOptions, openChunk } from '../store/chunk-payload.ts'
import type { ChunkStore } from '../store/chunk-store.ts'
import { FreeableChunks } from '../store/freeable-chunks.ts'
import { PullSession, type SessionOptions } from './pull-session.ts'
import { type RemoteProgram, withLastWords } from './remote-program.ts'

/** Starts the far end of a connection to the store; called again whenever another one is needed. */
export type StartStore = () => RemoteProgram

interface Line {
  readonly program: RemoteProgram
  readonly session: PullSession
  /** How many answers are awaited on it. */
  uses: number
  /** No new reads: it failed, or cannot answer any more. */
  isLeft: boolean
}

/**
 * The store at the far end of ssh (spec casync §3.5). One connection serves many reads at once; since a server answers once
 * for a chunk, reading one again takes another connection: put a cache in front. Close it.
 */
export class SshStore implements ChunkStore, AsyncDisposable {
  readonly #start: StartStore
  readonly #options: SessionOptions
  readonly #signal: AbortSignal
  #line: Promise<Line> | undefined
  readonly #open = new Set<Line>()
  readonly #given = new FreeableChunks()

  /** `signal` ends everything at once. */
  constructor(start: StartStore, options: SessionOptions, signal: AbortSignal) {
    this.#start = start
    this.#options = options
    this.#signal = signal
  }

  async get(id: Digest, options: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted()
    const payload = await this.#ask(id)
    if (payload === undefined) return undefined
    const plain = openChunk(id, payload, options)
    // What came plain may lie beside others in what was read.
    return payload.isCompressed ? this.#given.give(plain) : plain
  }

  free(plain: Uint8Array): void {
    this.#given.free(plain)
  }

  async close(): Promise<void> {
    const line = this.#line
    this.#line = undefined
    await line?.catch(() => undefined) // heard where it was asked for
    await Promise.all([...this.#open].map((open) => this.#hangUp(open)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #ask(id: Digest): Promise<ChunkPayload | undefined> {
    const line = await this.#take(id)
    try {
      return await line.session.get(id)
    } catch (error) {
      line.isLeft = true
      throw await withLastWords(error, line.program)
    } finally {
      line.uses--
      if (line.isLeft && line.uses === 0) await this.#hangUp(line)
    }
  }

  /** A connection that can answer, with one more use. */
  async #take(id: Digest): Promise<Line> {
    for (;;) {
      this.#line ??= this.#connect()
      const current = this.#line
      try {
        const line = await current
        if (!line.isLeft && !line.session.hasAnswered(id)) {
          line.uses++
          return line
        }
        line.isLeft = true
        if (line.uses === 0) await this.#hangUp(line)
      } catch (error) {
        if (this.#line === current) this.#line = undefined
        throw error
      }
      if (this.#line === current) this.#line = undefined
    }
  }

  async #connect(): Promise<Line> {
    const program = this.#start()
    try {
      const session = await PullSession.open(program.pipes, { chunks: true }, this.#options, this.#signal)
      const line = { program, session, uses: 0, isLeft: false }
      this.#open.add(line)
      return line
    } catch (error) {
      await program.close()
      throw await withLastWords(error, program)
    }
  }

  async #hangUp(line: Line): Promise<void> {
    if (!this.#open.delete(line)) return
    await line.session.close()
    await line.program.close()
  }
}
