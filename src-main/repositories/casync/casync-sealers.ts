import { extname } from 'node:path'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import { InlineSealer } from '../../storage/seal/inline-sealer.ts'
import { WorkerSealer } from '../../storage/seal/worker-sealer.ts'
import { type ChunkCodecOptions, createChunkCodec } from './chunk-codec.ts'

/** The threads that name, compress and read chunks, by how they do it. They start with their first work. */
export class CasyncSealers {
  readonly #threads: number | undefined
  readonly #sealers = new Map<string, ChunkSealer>()

  /** `threads`: as many as the machine can use when undefined, none at all (for tests) when 0. */
  constructor(threads: number | undefined) {
    this.#threads = threads
  }

  /** For reading any will do. Closed by `close`. */
  get(options: ChunkCodecOptions = { algorithm: 'sha512-256', compression: 'zstd' }): ChunkSealer {
    const { algorithm, compression } = options
    const name = `${algorithm} ${compression ?? 'plain'}`
    const known = this.#sealers.get(name)
    if (known !== undefined) return known
    const sealer = this.#threads === 0 ? inline(options) : inThreads({ algorithm, compression }, this.#threads)
    this.#sealers.set(name, sealer)
    return sealer
  }

  async close(): Promise<void> {
    const sealers = [...this.#sealers.values()]
    this.#sealers.clear()
    for (const sealer of sealers) await sealer.close()
  }
}

function inline(options: ChunkCodecOptions): ChunkSealer {
  return new InlineSealer({ codec: createChunkCodec(options) })
}

function inThreads(data: ChunkCodecOptions, threads: number | undefined): ChunkSealer {
  const file = `./chunk-codec.worker${extname(import.meta.url)}` // .ts from the sources, .js once built
  return new WorkerSealer({ threads, worker: { file: new URL(file, import.meta.url), data } })
}
