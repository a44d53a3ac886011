import type { Digest } from '../../../src-shared/model/digest.ts'
import { encodeBlob } from '../blob.ts'
import type { ChunkRef } from '../chunk-index.ts'
import { CryptConfig, plainDigest } from '../crypt-config.ts'
import type { ChunkSealer, SealedChunk, SealOptions } from './chunk-sealer.ts'
import { openChunk } from './open-chunk.ts'

/** Does it in the caller's thread: for tests, and for work too small for a thread. */
export class InlineSealer implements ChunkSealer {
  readonly threads = 1
  readonly #crypt: CryptConfig | undefined
  readonly #compress: boolean
  #isClosed = false

  constructor({ key, compress = true }: SealOptions = {}) {
    this.#crypt = key === undefined ? undefined : new CryptConfig(key)
    this.#compress = compress
  }

  async seal(
    chunk: Uint8Array<ArrayBuffer>,
    isKnown: (digest: Digest) => boolean,
    signal: AbortSignal,
  ): Promise<SealedChunk> {
    this.#check(signal)
    const digest = this.#crypt?.digest(chunk) ?? plainDigest(chunk)
    const sizeBytes = chunk.length
    if (isKnown(digest)) return { digest, sizeBytes }
    return { digest, sizeBytes, blob: encodeBlob(chunk, { compress: this.#compress, crypt: this.#crypt }) }
  }

  async open(blob: Uint8Array<ArrayBuffer>, expected: ChunkRef, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    this.#check(signal)
    return new Uint8Array(openChunk(blob, expected, this.#crypt))
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
