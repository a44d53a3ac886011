import { extname } from 'node:path'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import { InlineSealer } from '../../storage/seal/inline-sealer.ts'
import { KeptSealers } from '../../storage/seal/kept-sealers.ts'
import { WorkerSealer } from '../../storage/seal/worker-sealer.ts'
import { type ChunkCodecOptions, createChunkCodec } from './chunk-codec.ts'

/** The threads that name, compress and read chunks, by how they do it. */
export class CasyncSealers {
  readonly #threads: number | undefined
  readonly #sealers = new KeptSealers()

  /** As that of `SealerPool`. */
  constructor(threads: number | undefined) {
    this.#threads = threads
  }

  /** For reading any will do. Closed by `close`. */
  get(options: ChunkCodecOptions = { algorithm: 'sha512-256', compression: 'zstd' }): ChunkSealer {
    const { algorithm, compression } = options
    return this.#sealers.get(`${algorithm} ${compression ?? 'plain'}`, () =>
      this.#threads === 0 ? inline(options) : inThreads({ algorithm, compression }, this.#threads),
    )
  }

  async close(): Promise<void> {
    await this.#sealers.close()
  }
}

function inline(options: ChunkCodecOptions): ChunkSealer {
  return new InlineSealer({ codec: createChunkCodec(options) })
}

function inThreads(data: ChunkCodecOptions, threads: number | undefined): ChunkSealer {
  const file = `./chunk-codec.worker${extname(import.meta.url)}` // .ts from the sources, .js once built
  return new WorkerSealer({ threads, worker: { file: new URL(file, import.meta.url), data } })
}
