import { MAX_CHUNK_BYTES } from './blob.ts'
import type { Chunker } from './chunker.ts'
import { FIXED_CHUNK_BYTES } from './fixed-index.ts'

/** Chunks of one size, for images (spec pbs §6.1). */
export class FixedChunker implements Chunker {
  readonly maxBytes: number

  constructor(chunkBytes: number = FIXED_CHUNK_BYTES) {
    if (!Number.isInteger(chunkBytes) || chunkBytes < 1 || chunkBytes > MAX_CHUNK_BYTES)
      throw new RangeError(`a chunk cannot have ${chunkBytes} bytes`)
    this.maxBytes = chunkBytes
  }

  startChunk(): void {}

  scan(_chunk: Uint8Array, filled: number): number {
    return filled >= this.maxBytes ? this.maxBytes : 0
  }
}
