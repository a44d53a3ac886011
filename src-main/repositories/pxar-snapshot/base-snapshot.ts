import { HoldfastError } from '../../../src-shared/errors.ts'
import { decodePxar } from '../../archive/pxar/decoder.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import { DynamicIndex } from '../../storage/dynamic-index.ts'
import { checkFile, findFile, type Manifest, parseManifest, verifyManifest } from '../../storage/manifest.ts'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import type { StoredArchive } from '../repository.ts'
import { ChunkFetcher } from './chunk-fetcher.ts'
import { ChunkedBytes } from './chunked-bytes.ts'
import type { SnapshotFiles } from './snapshot-backend.ts'
import type { PreviousArchive } from './split-files.ts'

export const MANIFEST_FILENAME = 'index.json.blob'

export interface BaseSnapshotOptions {
  readonly cryptMode: StoredArchive['cryptMode']
  /** The key of the new snapshot. */
  readonly crypt: CryptConfig | undefined
  readonly sealer: ChunkSealer
  readonly signal: AbortSignal
}

/** The snapshot before the new one, as far as it may be built upon (spec pbs §2.6, §4.5). */
export class BaseSnapshot {
  readonly #files: SnapshotFiles
  readonly #manifest: Manifest
  readonly #options: BaseSnapshotOptions
  readonly #fetcher: ChunkFetcher

  private constructor(files: SnapshotFiles, manifest: Manifest, options: BaseSnapshotOptions) {
    this.#files = files
    this.#manifest = manifest
    this.#options = options
    this.#fetcher = new ChunkFetcher({ files, sealer: options.sealer, cacheBytes: 0 })
  }

  /** Undefined when nothing may be taken from it: found damaged by a verification, another key, a broken manifest. */
  static async open(files: SnapshotFiles, options: BaseSnapshotOptions): Promise<BaseSnapshot | undefined> {
    return await unlessDamaged(options.signal, async () => {
      const manifest = parseManifest(await files.file(MANIFEST_FILENAME, options.signal))
      if (manifest.unprotected.verify_state?.state === 'failed') return undefined
      const crypt = options.cryptMode === 'none' ? undefined : options.crypt
      if (crypt !== undefined && manifest.unprotected['key-fingerprint'] == null) return undefined
      verifyManifest(manifest, crypt)
      return new BaseSnapshot(files, manifest, options)
    })
  }

  /** A split archive of the base by its base name; undefined when there is none or it is not what the manifest says. */
  async archive(name: string): Promise<PreviousArchive | undefined> {
    const { signal } = this.#options
    return await unlessDamaged(signal, async () => {
      const payload = await this.#index(`${name}.ppxar.didx`)
      const metadata = await this.#index(`${name}.mpxar.didx`)
      if (payload === undefined || metadata === undefined) return undefined
      const bytes = new ChunkedBytes(metadata, this.#fetcher)
      return { entries: decodePxar(bytes.pieces(signal), { signal }), payload }
    })
  }

  async close(): Promise<void> {
    await this.#fetcher.close()
  }

  async #index(filename: string): Promise<DynamicIndex | undefined> {
    const file = findFile(this.#manifest, filename)
    if (file?.['crypt-mode'] !== this.#options.cryptMode) return undefined
    const index = DynamicIndex.parse(await this.#files.file(filename, this.#options.signal))
    checkFile(file, index.sizeBytes, index.csum())
    return index
  }
}

/** What is wrong with the base is no error of the new snapshot: it only has to read more. */
async function unlessDamaged<Result>(
  signal: AbortSignal,
  open: () => Promise<Result | undefined>,
): Promise<Result | undefined> {
  try {
    return await open()
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof HoldfastError) return undefined
    throw error
  }
}
