import type { Digest } from '../../../src-shared/model/digest.ts'
import type { ChunkRef } from '../../storage/chunk-index.ts'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import type { StageClock, StageName } from '../stage-clock.ts'
import type { SnapshotFiles } from './snapshot-backend.ts'

export interface ChunkFetcherOptions {
  readonly files: Pick<SnapshotFiles, 'chunk'>
  readonly sealer: Pick<ChunkSealer, 'threads' | 'open'>
  /** Decoded chunks kept for whoever asks again, the least recently used go first. */
  readonly cacheBytes?: number | undefined
  /** For a single pass: no chunk need be kept on this computer either. */
  readonly isOnePass?: boolean | undefined
  readonly stages?: StageClock | undefined
}

/** Two of the largest chunks, or eight usual ones. */
const DEFAULT_CACHE_BYTES = 32 << 20

/** Chunks of a snapshot as plain data: fetched once however many ask, decoded in threads, the recent ones kept. */
export class ChunkFetcher {
  readonly #options: ChunkFetcherOptions
  readonly #cacheBytes: number
  /** In the order of their last use. */
  readonly #resident = new Map<Digest, Uint8Array<ArrayBuffer>>()
  readonly #underWay = new Map<Digest, Promise<Uint8Array<ArrayBuffer>>>()
  readonly #abort = new AbortController()
  #residentBytes = 0

  constructor(options: ChunkFetcherOptions) {
    this.#options = options
    this.#cacheBytes = options.cacheBytes ?? DEFAULT_CACHE_BYTES
  }

  /** Whether another prefetch would still find a thread that is free. */
  get hasRoom(): boolean {
    return this.#underWay.size < this.#options.sealer.threads * 2
  }

  /** The data if it is here; it counts as used. Do not change it. */
  resident(digest: Digest): Uint8Array<ArrayBuffer> | undefined {
    const data = this.#resident.get(digest)
    if (data === undefined) return undefined
    this.#resident.delete(digest)
    this.#resident.set(digest, data)
    return data
  }

  /** Throws `chunk/missing`, `chunk/corrupt`, `key/missing`. Do not change the data. */
  async fetch(chunk: ChunkRef, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted()
    const data = this.resident(chunk.digest) ?? (await this.#load(chunk))
    signal.throwIfAborted()
    return data
  }

  /** As `fetch`, and the data are the caller's: for one who is alone with this fetcher. */
  async take(chunk: ChunkRef, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    signal.throwIfAborted()
    const data = this.#resident.get(chunk.digest) ?? (await this.#load(chunk))
    signal.throwIfAborted()
    if (this.#resident.delete(chunk.digest)) this.#residentBytes -= data.length
    return data
  }

  /** Begins to fetch what will be asked for. A failure is told to who then asks. */
  prefetch(chunk: ChunkRef): void {
    if (this.#resident.has(chunk.digest)) return
    this.#load(chunk).catch(() => undefined)
  }

  /** What is under way is given up. */
  async close(): Promise<void> {
    this.#abort.abort()
    await Promise.allSettled(this.#underWay.values())
    this.#resident.clear()
    this.#residentBytes = 0
  }

  #load(chunk: ChunkRef): Promise<Uint8Array<ArrayBuffer>> {
    const underWay = this.#underWay.get(chunk.digest)
    if (underWay !== undefined) return underWay
    const loading = this.#loadNew(chunk).finally(() => this.#underWay.delete(chunk.digest))
    this.#underWay.set(chunk.digest, loading)
    return loading
  }

  async #loadNew(chunk: ChunkRef): Promise<Uint8Array<ArrayBuffer>> {
    const { files, sealer, isOnePass, stages } = this.#options
    const { signal } = this.#abort
    const bytes = chunk.sizeBytes
    const stored = await timed(files.chunk(chunk.digest, signal, isOnePass), { stages, name: 'fetch', bytes })
    const data = await timed(sealer.open(stored, chunk, signal), { stages, name: 'decode', bytes })
    this.#keep(chunk.digest, data)
    return data
  }

  #keep(digest: Digest, data: Uint8Array<ArrayBuffer>): void {
    this.#resident.set(digest, data)
    this.#residentBytes += data.length
    for (const [oldest, { length }] of this.#resident) {
      if (this.#residentBytes <= this.#cacheBytes || oldest === digest) return
      this.#resident.delete(oldest)
      this.#residentBytes -= length
    }
  }
}

async function timed<Result>(
  work: Promise<Result>,
  {
    stages,
    name,
    bytes,
  }: { readonly stages: StageClock | undefined; readonly name: StageName; readonly bytes: number },
): Promise<Result> {
  stages?.begin(name)
  try {
    return await work
  } finally {
    stages?.end(name, bytes)
  }
}
