import { HoldfastError } from '../../../src-shared/errors.ts'
import type { CatarEntry } from '../../archive/catar/catar-entry.ts'
import { decodeCatar } from '../../archive/catar/decoder.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import type { IndexHeader } from '../../engines/casync/index/index-format.ts'
import { ChunkFetcher, type ChunkFetcherOptions } from '../pxar-snapshot/chunk-fetcher.ts'
import { ChunkedBytes } from '../pxar-snapshot/chunked-bytes.ts'
import { type CasyncFormat, formatOf, isSameFormat } from './casync-format.ts'
import type { OldArchive } from './continued-stream.ts'
import { checkIndex } from './index-csum.ts'
import { type CasyncManifest, entriesSuffix, treeSuffix } from './snapshot-manifest.ts'

/** A tree of the base: its archive, and what is in it. */
export interface OldTree extends OldArchive {
  readonly previous: AsyncIterable<CatarEntry>
}

/** The snapshot before the new one, as far as it may be built upon. */
export class BaseSnapshot {
  readonly #manifest: CasyncManifest
  readonly #readFile: (filename: string) => Promise<Uint8Array>
  readonly #fetcher: ChunkFetcher
  readonly #signal: AbortSignal

  constructor(
    manifest: CasyncManifest,
    options: Omit<ChunkFetcherOptions, 'cacheBytes'> & {
      readonly readFile: (filename: string) => Promise<Uint8Array>
      readonly signal: AbortSignal
    },
  ) {
    this.#manifest = manifest
    this.#readFile = options.readFile
    this.#fetcher = new ChunkFetcher(options)
    this.#signal = options.signal
  }

  /** How its archives are cut. Undefined when there is none that could be read. */
  async format(): Promise<CasyncFormat | undefined> {
    for (const { filename } of this.#manifest.files) {
      const index = filename.endsWith('idx') || filename.endsWith('ibx') ? await this.#index(filename) : undefined
      if (index !== undefined) return formatOf(index.header)
    }
    return undefined
  }

  /**
   * A tree by its name, if it was written with the features and sizes of `header`. Undefined when nothing may be taken
   * over: then all files are read, and whatever is there already is found by its digest.
   */
  async tree(name: string, header: IndexHeader): Promise<OldTree | undefined> {
    if (this.#manifest.verify?.state === 'failed') return undefined
    const index = await this.#index(name + treeSuffix)
    const entriesIndex = await this.#index(name + entriesSuffix)
    if (index === undefined || entriesIndex === undefined || index.header.featureFlags !== header.featureFlags) return
    if (!isSameFormat(formatOf(index.header), formatOf(header))) return undefined
    const signal = this.#signal
    // Two readers, each with its own place: one decodes, the other compares.
    const decoded = new ChunkedBytes(entriesIndex, this.#fetcher)
    const previous = decodeCatar(decoded.pieces(signal), {
      signal,
      featureFlags: header.featureFlags,
      openContent: refuse,
    })
    const bytes = new ChunkedBytes(index, this.#fetcher)
    return { index, bytes, entries: new ChunkedBytes(entriesIndex, this.#fetcher), previous }
  }

  async close(): Promise<void> {
    await this.#fetcher.close()
  }

  /** What is wrong with the base is no error of the new snapshot: it only has to read more. */
  async #index(filename: string): Promise<CasyncIndex | undefined> {
    const file = this.#manifest.files.find((each) => each.filename === filename)
    if (file === undefined) return undefined
    try {
      return checkIndex(CasyncIndex.parse(await this.#readFile(filename)), file)
    } catch (error) {
      this.#signal.throwIfAborted()
      if (error instanceof HoldfastError) return undefined
      throw error
    }
  }
}

function refuse(): never {
  throw new Error('contents of the base are taken over, not opened')
}
