import type { Digest } from '../../../src-shared/model/digest.ts'
import type { ChunkRef } from '../chunk-index.ts'
import { allocateChunk } from '../chunk-stream.ts'
import type { ChunkSealer, SealedChunk, SealOptions } from './chunk-sealer.ts'
import { createBlobCodec, type SealCodec } from './seal-codec.ts'

/** Does it in the caller's thread: for tests, and for work too small for a thread. */
export class InlineSealer implements ChunkSealer {
  readonly threads = 1
  readonly #codec: SealCodec
  #isClosed = false

  /** Makes the blobs of PBS unless there is another codec. */
  constructor(options: SealOptions & { readonly codec?: SealCodec | undefined } = {}) {
    this.#codec = options.codec ?? createBlobCodec(options)
  }

  allocate(bytes: number): Uint8Array<ArrayBuffer> {
    return allocateChunk(bytes)
  }

  async seal(
    chunk: Uint8Array<ArrayBuffer>,
    isKnown: (digest: Digest) => boolean,
    signal: AbortSignal,
  ): Promise<SealedChunk> {
    this.#check(signal)
    const begunAt = performance.now()
    const digest = this.#codec.digest(chunk)
    const hashedAt = performance.now()
    const spent = { hashMs: hashedAt - begunAt, encodeMs: 0 }
    const sizeBytes = chunk.length
    if (isKnown(digest)) return { digest, sizeBytes, spent }
    const blob = this.#codec.encode(chunk)
    return { digest, sizeBytes, blob, spent: { ...spent, encodeMs: performance.now() - hashedAt } }
  }

  async open(blob: Uint8Array<ArrayBuffer>, expected: ChunkRef, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    this.#check(signal)
    return new Uint8Array(this.#codec.open(blob, expected))
  }

  async close(): Promise<void> {
    this.#isClosed = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted()
    if (this.#isClosed) throw new Error('the sealer is closed')
  }
}
