import type { ChunkRef } from './chunk-index.ts'
import type { Chunker } from './chunker.ts'

/** How far apart the chunker is asked. Fixed places in the chunk make cuts independent of how the bytes arrive. */
const SCAN_BYTES = 64 << 10
/**
 * Half of all chunks of archives fit into this; the others move on the way. With room for the longest at once, the collector
 * would see four times as much memory as there is, and clear up as often.
 */
const FIRST_BYTES = 4 << 20

export interface ChunkStreamOptions {
  readonly chunker: Chunker
  /** How many chunks may be under way; twice the threads of the sealer keeps those busy. */
  readonly limit: number
  /**
   * Memory for a chunk of up to so many bytes, and nobody else's: that of a chunk which was sealed is warm, and no work for
   * the collector. Fresh memory if absent.
   */
  allocate?(bytes: number): Uint8Array<ArrayBuffer>
  /**
   * Names and stores a chunk, several at once. The chunk has a buffer of its own, somewhat larger than itself, and
   * may move it to another thread. Resolves when the index may mention it.
   */
  seal(chunk: Uint8Array<ArrayBuffer>): Promise<ChunkRef>
  /** The next entry of the index. Called in stream order, one at a time; `isInjected` for those that came by `inject`. */
  append(chunk: ChunkRef, isInjected: boolean): void | Promise<void>
}

/**
 * Cuts a stream into chunks. Bytes are copied once, into the chunk that is being filled, so that they are the caller's
 * again as soon as `write` has returned or its promise is fulfilled. One call at a time: await what is returned before
 * the next. The first failure of `seal` or `append` is thrown by every call that follows.
 */
export class ChunkStream implements AsyncDisposable {
  readonly #options: ChunkStreamOptions
  readonly #chunker: Chunker
  /** The chunk that is being filled; `undefined` between chunks, so that an idle stream has no memory. */
  #chunk: Uint8Array<ArrayBuffer> | undefined
  /** Memory that a chunk became too long for: warm, and large enough for the beginning of the next. */
  #outgrown: Uint8Array<ArrayBuffer> | undefined
  #filled = 0
  /** With so many bytes the chunker is asked again. */
  #scanAt: number
  /** Where the chunk begins in the stream. */
  #offset = 0n
  #underWay = 0
  /** Ends when everything handed over so far has been appended. Never rejects. */
  #appended: Promise<void> = Promise.resolve()
  #failure: { readonly reason: unknown } | undefined
  #wake: (() => void) | undefined

  constructor(options: ChunkStreamOptions) {
    if (!Number.isInteger(options.limit) || options.limit < 1) throw new RangeError(`a limit of ${options.limit}`)
    this.#options = options
    this.#chunker = options.chunker
    this.#scanAt = this.#firstScan()
    this.#chunker.startChunk(0n)
  }

  /** How long the stream is by now, injected chunks included. */
  get position(): bigint {
    return this.#offset + BigInt(this.#filled)
  }

  /** Returns nothing while there is room, which is nearly always; else a promise, to be awaited. */
  write(bytes: Uint8Array): void | Promise<void> {
    const taken = this.#take(bytes, 0)
    if (taken < bytes.length) return this.#takeRest(bytes, taken)
  }

  /** A good place for a cut, at or behind `position` (spec pbs §6.3). Without effect on chunkers that take none. */
  suggest(offset: bigint): void {
    this.#chunker.suggest?.(offset)
  }

  /**
   * Cuts here, however short the chunk becomes, and puts chunks into the index that exist already (§6.3). The stream
   * goes on behind them.
   */
  async inject(chunks: readonly ChunkRef[]): Promise<void> {
    await this.#flush()
    await this.#room()
    this.#handOver(Promise.resolve(chunks), true)
    for (const { sizeBytes } of chunks) this.#offset += BigInt(sizeBytes)
    this.#chunker.startChunk(this.#offset)
  }

  /** Whether the stream stands right behind a chunk, or at its beginning: asks the chunker about all there is. */
  async standsAtCut(): Promise<boolean> {
    this.#check()
    while (this.#filled > 0 && this.#chunk !== undefined) {
      const length = this.#chunker.scan(this.#chunk, this.#filled)
      if (length === 0) return false
      await this.#room()
      this.#cut(this.#chunk, length)
    }
    return true
  }

  /** Waits until every chunk that was cut is in the index; returns what follows them, a view until the next call. */
  async openChunk(): Promise<Uint8Array> {
    await this.#appended
    this.#check()
    return this.#chunk?.subarray(0, this.#filled) ?? new Uint8Array(0)
  }

  /** Cuts the last chunk and waits until everything is in the index. An empty stream has no chunks. */
  async end(): Promise<void> {
    await this.#flush()
    await this.#appended
    this.#check()
  }

  /** Waits until nothing is under way any more; to be called also after a failure. Nothing can be written then. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= { reason: new Error('the chunk stream is closed') }
    this.#chunk = undefined
    this.#outgrown = undefined
    await this.#appended
  }

  /** Takes bytes from `at` on until they are used up or a cut may be due that there is no room for. */
  #take(bytes: Uint8Array, at: number): number {
    this.#check()
    let taken = at
    for (;;) {
      if (this.#filled >= this.#scanAt) {
        if (this.#underWay >= this.#options.limit) return taken
        this.#scan()
        continue
      }
      const rest = bytes.length - taken
      if (rest === 0) return taken
      const room = this.#scanAt - this.#filled
      // Small pieces are common and come whole: no view is made for them.
      const piece = rest <= room && taken === 0 ? bytes : bytes.subarray(taken, taken + Math.min(rest, room))
      this.#fit(this.#filled + piece.length).set(piece, this.#filled)
      this.#filled += piece.length
      taken += piece.length
    }
  }

  async #takeRest(bytes: Uint8Array, at: number): Promise<void> {
    for (let taken = at; taken < bytes.length; ) {
      await this.#room()
      taken = this.#take(bytes, taken)
    }
  }

  /** Asks the chunker about all there is, and cuts at most once. There is room for a chunk under way. */
  #scan(): void {
    const chunk = this.#chunk
    if (chunk === undefined) return
    const length = this.#chunker.scan(chunk, this.#filled)
    if (length > 0) this.#cut(chunk, length)
    else this.#scanAt = Math.min(this.#filled - (this.#filled % SCAN_BYTES) + SCAN_BYTES, this.#chunker.maxBytes)
  }

  /** Hands the first `length` bytes over; the few behind them begin the next chunk. */
  #cut(chunk: Uint8Array<ArrayBuffer>, length: number): void {
    const rest = this.#filled - length
    const tail = chunk.subarray(length, this.#filled)
    this.#chunk = undefined
    this.#filled = 0
    if (rest > 0) this.#fit(rest).set(tail)
    this.#filled = rest
    this.#offset += BigInt(length)
    this.#scanAt = rest > 0 ? rest : this.#firstScan()
    this.#chunker.startChunk(this.#offset)
    this.#handOver(this.#seal(chunk.subarray(0, length)), false)
  }

  async #seal(chunk: Uint8Array<ArrayBuffer>): Promise<readonly ChunkRef[]> {
    return [await this.#options.seal(chunk)]
  }

  /** Cuts wherever the stream stands. */
  async #flush(): Promise<void> {
    this.#check()
    while (this.#filled > 0 && this.#chunk !== undefined) {
      await this.#room()
      const chunk = this.#chunk
      this.#cut(chunk, this.#chunker.scan(chunk, this.#filled) || this.#filled)
    }
  }

  /** Appends in the order of the calls, whatever is ready first. */
  #handOver(chunks: Promise<readonly ChunkRef[]>, isInjected: boolean): void {
    this.#underWay++
    chunks.catch((reason) => this.#fail(reason)) // at once, not only in its turn
    this.#appended = this.#appendAfter(this.#appended, chunks, isInjected)
  }

  async #appendAfter(
    previous: Promise<void>,
    chunks: Promise<readonly ChunkRef[]>,
    isInjected: boolean,
  ): Promise<void> {
    await previous
    try {
      for (const { digest, sizeBytes } of await chunks) {
        if (this.#failure !== undefined) break
        await this.#options.append({ digest, sizeBytes }, isInjected)
      }
    } catch (reason) {
      this.#fail(reason)
    } finally {
      this.#underWay--
      this.#wake?.()
    }
  }

  #fail(reason: unknown): void {
    this.#failure ??= { reason }
    this.#wake?.()
  }

  /** Waits until one more chunk may be under way. */
  async #room(): Promise<void> {
    this.#check()
    while (this.#underWay >= this.#options.limit) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      await promise
      this.#check()
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.reason
  }

  /** The chunk that is being filled, with room for `bytes` in all. */
  #fit(bytes: number): Uint8Array<ArrayBuffer> {
    const chunk = this.#chunk
    if (chunk !== undefined && chunk.length >= bytes) return chunk
    const wanted = Math.max(bytes, chunk === undefined ? FIRST_BYTES : chunk.length * 2)
    const grown = this.#allocate(Math.min(wanted, this.#chunker.maxBytes))
    if (chunk !== undefined) {
      grown.set(chunk.subarray(0, this.#filled))
      this.#outgrown = chunk
    }
    this.#chunk = grown
    return grown
  }

  #allocate(bytes: number): Uint8Array<ArrayBuffer> {
    const outgrown = this.#outgrown
    if (outgrown?.length !== bytes) return this.#options.allocate?.(bytes) ?? allocateChunk(bytes)
    this.#outgrown = undefined
    return outgrown
  }

  #firstScan(): number {
    return Math.min(SCAN_BYTES, this.#chunker.maxBytes)
  }
}

/**
 * Room for a chunk. It is neither zeroed nor touched, so that only what is filled takes up memory, and it is
 * nobody else's (unlike Node's pool), so that it can be moved.
 */
export function allocateChunk(bytes: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(bytes)
  return new Uint8Array(buffer, byteOffset, bytes)
}
