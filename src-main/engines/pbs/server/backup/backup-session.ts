import type { Digest } from '../../../../../src-shared/model/digest.ts'
import { formatSnapshotRef, MANIFEST_NAME } from '../../../../storage/datastore/layout.ts'
import type { SnapshotDraft } from '../../../../storage/datastore/snapshot-draft.ts'
import { inspectSnapshot } from '../../../../storage/datastore/snapshot-list.ts'
import { encodeManifest, parseManifest } from '../../../../storage/manifest.ts'
import { ApiError } from '../api-error.ts'
import { unixSeconds } from '../clock.ts'
import type { ApiContext, ServedDatastore } from '../server-context.ts'
import type { RunningTask } from '../tasks/task-registry.ts'
import { DynamicWriter, FixedWriter, type IndexWriter, newStats } from './index-writer.ts'
import { KnownChunks } from './known-chunks.ts'

/** Writer ids of one connection (spec pbs §2). */
export const MAX_WRITERS = 256
/** Places of fixed indexes that one connection may have set aside on its word: 64 TiB of images. */
const MAX_FIXED_PLACES = 1 << 24

/** Chunks that one connection may name, in all its indexes: as many, at 40 bytes each while they are open. */
const MAX_APPENDED = 1 << 24

export interface BackupSessionOptions {
  readonly context: ApiContext
  readonly served: ServedDatastore
  readonly draft: SnapshotDraft
  readonly task: RunningTask
  /** The base may be reused: its last verification did not fail. */
  readonly hasBase: boolean
  /** Everything works, and nothing stays. */
  readonly isBenchmark: boolean
}

/** The state of one backup connection: what it has uploaded, what it may refer to, which indexes are open. */
export class BackupSession {
  readonly context: ApiContext
  readonly served: ServedDatastore
  readonly draft: SnapshotDraft
  readonly task: RunningTask
  readonly base: SnapshotDraft['base']
  readonly #known = new KnownChunks()
  readonly #isBenchmark: boolean
  readonly #writers = new Map<number, IndexWriter>()
  readonly #filenames = new Set<string>()
  readonly #stats = newStats()
  #lastWriterId = 0
  #appended = 0
  #fileCount = 0
  /** Kept until `finish`: on disk it would make the snapshot look whole. */
  #manifest: Uint8Array | undefined
  #state: 'active' | 'finishing' | 'finished' = 'active'

  constructor({ context, served, draft, task, hasBase, isBenchmark }: BackupSessionOptions) {
    this.context = context
    this.served = served
    this.draft = draft
    this.task = task
    this.base = hasBase ? draft.base : undefined
    this.#isBenchmark = isBenchmark
  }

  get isFinished(): boolean {
    return this.#state === 'finished'
  }

  /** At the head of every call that changes something. */
  checkActive(): void {
    if (this.#state === 'finishing') throw new ApiError('backup is already in the process of finishing.')
    if (this.#state === 'finished') throw new ApiError('backup already marked as finished.')
  }

  addDynamicWriter(filename: string): number {
    return this.#addWriter(new DynamicWriter(filename))
  }

  addFixedWriter(filename: string, options: ConstructorParameters<typeof FixedWriter>[1]): number {
    return this.#addWriter(new FixedWriter(filename, options))
  }

  dynamicWriter(id: number): DynamicWriter {
    const writer = this.#writers.get(id)
    if (writer instanceof DynamicWriter) return writer
    throw new ApiError(`dynamic writer '${id}' not registered`)
  }

  fixedWriter(id: number): FixedWriter {
    const writer = this.#writers.get(id)
    if (writer instanceof FixedWriter) return writer
    throw new ApiError(`fixed writer '${id}' not registered`)
  }

  /** Names a chunk in an index. Throws `no such chunk` for one that this connection may not refer to. */
  appendChunk(writer: IndexWriter, { offset, digest }: { readonly offset: number; readonly digest: Digest }): void {
    const size = this.#known.get(digest)
    if (size === undefined) throw new ApiError(`no such chunk ${digest}`)
    if (this.#appended >= MAX_APPENDED) throw new ApiError('the indexes of this backup have too many chunks')
    writer.append(offset, digest, size)
    this.#appended++
  }

  registerChunk(digest: Digest, sizeBytes: number): void {
    if (!this.#known.set(digest, sizeBytes)) throw new ApiError('this backup has too many chunks')
  }

  async closeWriter(id: number, writer: IndexWriter, claim: Parameters<IndexWriter['close']>[0]): Promise<void> {
    const file = writer.close(claim, BigInt(unixSeconds(this.context.clock)))
    await this.draft.writeFile(writer.filename, file)
    this.#writers.delete(id)
    this.#fileCount++
    this.#stats.count += writer.stats.count
    this.#stats.size += writer.stats.size
    this.#stats.compressedSize += writer.stats.compressedSize
    this.#stats.duplicates += writer.stats.duplicates
    this.task.log.add(`successfully closed ${writer.kind} index ${id}`)
    this.task.log.add(
      `Upload statistics for '${writer.filename}': size ${claim.size}, chunks ${writer.stats.count}, duplicates ${writer.stats.duplicates}`,
    )
  }

  /** A blob that was checked. */
  async addBlob(filename: string, blob: Uint8Array): Promise<void> {
    if (filename === MANIFEST_NAME) this.#manifest = blob
    else await this.draft.writeFile(filename, blob)
    this.#fileCount++
    this.context.connection.uploaded(blob.length)
    this.task.log.add(`add blob "${filename}" (${blob.length} bytes)`)
  }

  /** The preconditions of spec pbs §2.8 in its order, then the snapshot is whole. */
  async finish(): Promise<void> {
    this.checkActive()
    if (this.#writers.size > 0) throw new ApiError('found open index writer - unable to finish backup')
    if (this.#fileCount === 0) throw new ApiError('backup does not contain valid files (file count == 0)')
    this.#state = 'finishing'
    try {
      const { base } = this.draft
      if (base !== undefined && (await inspectSnapshot(this.served.store, base)) === undefined) {
        throw new ApiError(
          `base snapshot ${formatSnapshotRef(base)} was removed during backup, cannot finish as chunks might be missing`,
        )
      }
      const manifest = this.#withStats()
      if (!this.#isBenchmark) await this.draft.commit(manifest)
      this.#state = 'finished'
    } catch (error) {
      this.#state = 'active'
      throw error
    }
    this.task.log.add('successfully finished backup')
  }

  /** When the connection has ended and no call is under way. Says whether there is a new snapshot. */
  async end(): Promise<boolean> {
    const isKept = this.isFinished && !this.#isBenchmark
    if (!isKept) {
      if (!this.isFinished) this.task.log.add('removing unfinished backup')
      await this.draft.discard()
    }
    return isKept
  }

  #addWriter(writer: IndexWriter): number {
    if (this.#lastWriterId >= MAX_WRITERS) throw new ApiError(`too many writers (limit ${MAX_WRITERS})`)
    // Two writers of one name would overwrite each other's file.
    if (this.#filenames.has(writer.filename)) throw new ApiError(`archive '${writer.filename}' exists already`)
    if (writer instanceof FixedWriter && writer.entries + this.#fixedPlaces() > MAX_FIXED_PLACES) {
      throw new ApiError('the images of this backup are too large')
    }
    this.#filenames.add(writer.filename)
    const id = ++this.#lastWriterId
    this.#writers.set(id, writer)
    this.task.log.add(
      `created new ${writer.kind} index ${id} ("${formatSnapshotRef(this.draft.ref)}/${writer.filename}")`,
    )
    return id
  }

  #fixedPlaces(): number {
    let places = 0
    for (const writer of this.#writers.values()) if (writer instanceof FixedWriter) places += writer.entries
    return places
  }

  #withStats(): Uint8Array {
    if (this.#manifest === undefined) throw new ApiError('unable to update manifest blob - there is none')
    try {
      const manifest = parseManifest(this.#manifest)
      const { count, size, compressedSize, duplicates } = this.#stats
      const stats = { count, size, compressed_size: compressedSize, duplicates }
      return encodeManifest({ ...manifest, unprotected: { ...manifest.unprotected, chunk_upload_stats: stats } })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new ApiError(`unable to update manifest blob - ${reason}`, 400, error)
    }
  }
}
