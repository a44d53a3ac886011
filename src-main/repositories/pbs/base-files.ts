import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { BackupSession } from '../../engines/pbs/client/backup/backup-session.ts'
import type { PbsApi } from '../../engines/pbs/client/pbs-api.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import { MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import { parseIndex } from '../../storage/datastore/parse-index.ts'
import { checkFile, findFile, type Manifest, parseManifest } from '../../storage/manifest.ts'
import type { ChunkCache } from '../pxar-snapshot/chunk-cache.ts'
import type { SnapshotFiles } from '../pxar-snapshot/snapshot-backend.ts'
import { openPbsFiles } from './stored-files.ts'

export interface BaseFilesOptions {
  readonly api: PbsApi
  readonly session: BackupSession
  readonly datastore: string
  readonly ref: SnapshotRef
  readonly cache: ChunkCache | undefined
}

/**
 * The snapshot that a new one builds on. Its files come over the backup connection, which makes the chunks of its indexes
 * known to the server (spec pbs §2.6); chunks of its metadata over a reader connection, made when the first is asked for.
 */
export class BaseFiles implements SnapshotFiles {
  readonly #options: BaseFilesOptions
  readonly #files = new Map<string, Promise<Buffer | undefined>>()
  #manifest: Manifest | undefined
  #reader: Promise<SnapshotFiles> | undefined

  private constructor(options: BaseFilesOptions) {
    this.#options = options
  }

  /** Undefined when its manifest says nothing that can be relied on: everything is uploaded then. */
  static async open(options: BaseFilesOptions): Promise<BaseFiles | undefined> {
    const base = new BaseFiles(options)
    try {
      base.#manifest = parseManifest(await base.file(MANIFEST_NAME))
      return base
    } catch (error) {
      options.session.signal.throwIfAborted()
      if (isUseless(error)) return undefined
      throw error
    }
  }

  /** Which key its chunks are made with. */
  get keyFingerprint(): string | undefined {
    return this.#manifest?.unprotected['key-fingerprint']?.toLowerCase()
  }

  /** An index that is what the manifest says; its chunks may be referred to from then on. */
  async index(filename: string): Promise<ChunkIndex | undefined> {
    const listed = this.#manifest === undefined ? undefined : findFile(this.#manifest, filename)
    if (listed === undefined) return undefined
    try {
      const index = parseIndex(filename, await this.file(filename))
      checkFile(listed, index.sizeBytes, index.csum())
      return index
    } catch (error) {
      this.#options.session.signal.throwIfAborted()
      if (isUseless(error)) return undefined
      throw error
    }
  }

  async file(filename: string): Promise<Buffer> {
    const known = this.#files.get(filename) ?? this.#options.session.previous(filename)
    this.#files.set(filename, known)
    const bytes = await known
    if (bytes === undefined) throw new HoldfastError('path/not-found', { detail: filename })
    return bytes
  }

  async chunk(digest: Parameters<SnapshotFiles['chunk']>[0], signal: AbortSignal) {
    this.#reader ??= this.#openReader()
    return await (await this.#reader).chunk(digest, signal)
  }

  async close(): Promise<void> {
    const reader = await this.#reader?.catch(() => undefined)
    await reader?.close()
  }

  async #openReader(): Promise<SnapshotFiles> {
    const { api, session, datastore, ref, cache } = this.#options
    const reader = await openPbsFiles(api, { datastore, ref, cache }, session.signal)
    // Contents of a base are never read, so the long indexes of payloads need not be asked for again.
    for (const filename of this.#files.keys()) {
      if (filename.endsWith('.mpxar.didx')) await reader.file(filename, session.signal)
    }
    return reader
  }
}

/** A base that is damaged, or gone, only means more to upload; a connection that is gone is another matter. */
function isUseless(error: unknown): boolean {
  return error instanceof HoldfastError && error.code !== 'repository/unreachable'
}
