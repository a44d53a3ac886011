import { HoldfastError } from '../../../src-shared/errors.ts'
import { CatalogEncoder } from '../../archive/pcat1/encoder.ts'
import { PxarEncoder } from '../../archive/pxar/encoder.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { encodeBlob } from '../../storage/blob.ts'
import type { Chunker } from '../../storage/chunker.ts'
import { type CryptConfig, plainDigest } from '../../storage/crypt-config.ts'
import { CATALOG_AVERAGE_BYTES, DynamicChunker } from '../../storage/dynamic-chunker.ts'
import { FixedChunker } from '../../storage/fixed-chunker.ts'
import { encodeManifest, type Manifest, type ManifestFile, signManifest } from '../../storage/manifest.ts'
import { WRAPPED_KEY_FILENAME, type WrapKey } from '../../storage/master-key.ts'
import { PayloadChunker } from '../../storage/payload-chunker.ts'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import type { ImageContent, SnapshotWriter, StoredSnapshot, WriteObserver, WriteOptions } from '../repository.ts'
import { whileReading } from '../stage-clock.ts'
import { ArchiveWriter, type WrittenArchive } from './archive-writer.ts'
import { BaseSnapshot } from './base-snapshot.ts'
import { copyImage, MAX_IMAGE_BYTES } from './image-copy.ts'
import { LegacyFiles } from './legacy-files.ts'
import { viewOfManifest } from './manifest-view.ts'
import { PayloadWriter } from './payload-writer.ts'
import type { NewSnapshot } from './snapshot-backend.ts'
import { SplitFiles } from './split-files.ts'
import { writeTree } from './tree-writer.ts'

export interface PxarSnapshotOptions {
  readonly write: WriteOptions
  /** Needed unless the crypt mode is `none`. */
  readonly crypt: CryptConfig | undefined
  /** The key as the blob for the holder of a master key; asked for once, when the snapshot has a key. */
  readonly wrapKey?: WrapKey | undefined
  /** Seals with the key if, and only if, the crypt mode is `encrypt`. Stays open. */
  readonly sealer: ChunkSealer
  /** The manifest this one takes the place of: what it says besides its files is said again. */
  readonly template?: Manifest | undefined
  readonly signal: AbortSignal
}

export interface PutTreeOptions {
  /** One stream, pxar v1, with a catalog beside it. */
  readonly isLegacy: boolean
  readonly prelude: Uint8Array | undefined
  readonly observer: WriteObserver
}

export const CATALOG_FILENAME = 'catalog.pcat1.didx'
/** Metadata is small: its chunks need not be many to keep the threads busy. */
const METADATA_LIMIT = 2
/**
 * Contents: two chunks a thread to seal, and as many on their way to the disk. Chunks may be of 16 MiB, so that more than
 * ten could take more memory than a backup is to have.
 */
const contentLimit = ({ threads }: ChunkSealer): number => Math.min(threads * 4, 10)
/** Of files that a snapshot has beside its archives. */
const ownNames: ReadonlySet<string> = new Set(['catalog', 'index.json', 'rsa-encrypted.key'])
const archiveName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/

/** Writes a snapshot of pxar archives (spec pbs §9.1, §9.3) to whatever keeps its chunks. */
export class PxarSnapshotWriter implements SnapshotWriter {
  readonly #target: NewSnapshot
  readonly #options: PxarSnapshotOptions
  readonly #files: ManifestFile[] = []
  readonly #names = new Set<string>()
  readonly #stats = { count: 0, size: 0, compressed_size: 0, duplicates: 0 }
  #base: Promise<BaseSnapshot | undefined> | undefined
  #catalog: { readonly archive: ArchiveWriter; readonly encoder: CatalogEncoder } | undefined

  constructor(target: NewSnapshot, options: PxarSnapshotOptions) {
    if (options.write.cryptMode !== 'none' && options.crypt === undefined) throw new HoldfastError('key/missing')
    this.#target = target
    this.#options = options
  }

  async addTree(
    name: string,
    entries: AsyncIterable<TreeEntry>,
    options: { readonly excludePatterns: readonly string[] },
    observer: WriteObserver,
  ): Promise<void> {
    const prelude = preludeOf(options.excludePatterns)
    await this.putTree(name, entries, { isLegacy: this.#options.write.mode === 'legacy', prelude, observer })
  }

  /** As `addTree`, in either form, and with the head of another archive. */
  async putTree(
    name: string,
    entries: AsyncIterable<TreeEntry>,
    { isLegacy, prelude, observer }: PutTreeOptions,
  ): Promise<void> {
    this.#claim(name)
    if (isLegacy) await this.#addLegacyTree(name, entries, observer)
    else await this.#addSplitTree(name, entries, { prelude, observer })
  }

  /** Lists a file that is there already, as another manifest does. */
  listFile(file: ManifestFile): void {
    this.#files.push(file)
  }

  async addStream(name: string, data: AsyncIterable<Uint8Array>, observer: WriteObserver): Promise<void> {
    this.#claim(name)
    const filename = `${name}.didx`
    const archive = await this.#openArchive(filename, { chunker: new DynamicChunker(), observer })
    try {
      await whileReading(observer.stages, async () => {
        for await (const bytes of data) {
          const pending = archive.write(bytes)
          if (pending !== undefined) await pending
          observer.bytes(bytes.length)
        }
      })
      this.#list(filename, await archive.finish())
    } finally {
      await archive[Symbol.asyncDispose]()
    }
  }

  async addImage(name: string, image: ImageContent, observer: WriteObserver): Promise<void> {
    const imageBytes = image.sizeBytes
    if (imageBytes < 1n || imageBytes > MAX_IMAGE_BYTES) {
      throw new HoldfastError('input/invalid', { detail: `An image of ${imageBytes} bytes cannot be stored.` })
    }
    this.#claim(name)
    const filename = name.endsWith('.img') ? `${name}.fidx` : `${name}.img.fidx`
    const { sealer, signal } = this.#options
    const limit = contentLimit(sealer)
    const archive = await this.#openArchive(filename, { chunker: new FixedChunker(), observer, limit, imageBytes })
    try {
      observer.entry(name, imageBytes)
      await whileReading(observer.stages, () => copyImage(image, archive, { observer, signal }))
      this.#list(filename, await archive.finish())
      observer.entryDone('stored')
    } finally {
      await archive[Symbol.asyncDispose]()
    }
  }

  async addBlob(name: string, data: Uint8Array): Promise<void> {
    this.#claim(name)
    const filename = `${name}.blob`
    const { write, crypt } = this.#options
    const blob = encodeBlob(data, {
      compress: write.compress,
      crypt: write.cryptMode === 'encrypt' ? crypt : undefined,
    })
    await this.#putBlob(filename, blob)
  }

  async commit(): Promise<StoredSnapshot> {
    await this.#finishCatalog()
    await this.#closeBase()
    await this.#putWrappedKey()
    const { ref } = this.#target
    const { write, crypt, template } = this.#options
    const plain: Manifest = {
      ...template,
      'backup-type': ref.type,
      'backup-id': ref.backupId,
      'backup-time': ref.time,
      files: this.#files,
      signature: null,
      unprotected: { chunk_upload_stats: this.#stats },
    }
    const manifest = write.cryptMode === 'none' || crypt === undefined ? plain : signManifest(plain, crypt)
    this.#options.signal.throwIfAborted()
    await this.#target.commit(encodeManifest(manifest))
    return viewOfManifest(ref, manifest, false)
  }

  async discard(): Promise<void> {
    await this.#catalog?.archive[Symbol.asyncDispose]()
    await this.#closeBase()
    await this.#target.discard()
  }

  async #addSplitTree(
    name: string,
    entries: AsyncIterable<TreeEntry>,
    { prelude, observer }: Omit<PutTreeOptions, 'isLegacy'>,
  ): Promise<void> {
    const { sealer, signal } = this.#options
    const limit = contentLimit(sealer)
    const [metadataName, payloadName] = [`${name}.mpxar.didx`, `${name}.ppxar.didx`]
    const previous = await this.#previousArchive(name)
    const payloadArchive = await this.#openArchive(payloadName, { chunker: new PayloadChunker(), observer, limit })
    const metadataArchive = await this.#openArchive(metadataName, { chunker: new DynamicChunker(), observer })
    try {
      const encoder = new PxarEncoder({
        output: metadataArchive,
        payload: nowhere,
        prelude,
        signal,
      })
      const files = new SplitFiles({
        encoder,
        payload: new PayloadWriter(payloadArchive),
        keepChunk: this.#target.keepChunk,
        previous,
        onBytes: (count) => observer.bytes(count),
        signal,
      })
      await whileReading(observer.stages, async () => {
        await writeTree(entries, encoder, files, observer)
        await files.finish()
        await encoder.finish()
      })
      this.#list(payloadName, await payloadArchive.finish())
      this.#list(metadataName, await metadataArchive.finish())
    } finally {
      await payloadArchive[Symbol.asyncDispose]()
      await metadataArchive[Symbol.asyncDispose]()
    }
  }

  async #addLegacyTree(name: string, entries: AsyncIterable<TreeEntry>, observer: WriteObserver): Promise<void> {
    const { sealer, signal } = this.#options
    const filename = `${name}.pxar.didx`
    const catalog = await this.#openCatalog(observer)
    const archive = await this.#openArchive(filename, {
      chunker: new DynamicChunker(),
      observer,
      limit: contentLimit(sealer),
    })
    try {
      const encoder = new PxarEncoder({
        output: archive,
        signal,
        onContentProblem: (_path, problem) => files.noteProblem(problem),
      })
      const files = new LegacyFiles({ encoder, catalog, filename, onBytes: (count) => observer.bytes(count) })
      await whileReading(observer.stages, async () => {
        await writeTree(entries, encoder, files, observer)
        await encoder.finish()
      })
      this.#list(filename, await archive.finish())
    } finally {
      await archive[Symbol.asyncDispose]()
    }
  }

  async #openArchive(
    filename: string,
    options: {
      readonly chunker: Chunker
      readonly observer: WriteObserver
      readonly limit?: number
      readonly imageBytes?: bigint
    },
  ): Promise<ArchiveWriter> {
    const { sealer, signal } = this.#options
    const target = this.#target
    return new ArchiveWriter({
      index: await target.openIndex(filename, options.imageBytes),
      limit: METADATA_LIMIT,
      ...options,
      sealer,
      signal,
      pace: this.#options.write.pace,
      keepChunk: target.keepChunk,
      isEncrypting: this.#options.write.cryptMode === 'encrypt',
      observer: {
        stages: options.observer.stages,
        chunk: (chunk) => {
          this.#count(chunk)
          options.observer.chunk(chunk)
        },
      },
    })
  }

  async #openCatalog(observer: WriteObserver): Promise<CatalogEncoder> {
    if (this.#catalog === undefined) {
      const chunker = new DynamicChunker(CATALOG_AVERAGE_BYTES)
      const archive = await this.#openArchive(CATALOG_FILENAME, { chunker, observer })
      this.#catalog = { archive, encoder: new CatalogEncoder(archive) }
    }
    return this.#catalog.encoder
  }

  async #finishCatalog(): Promise<void> {
    if (this.#catalog === undefined) return
    const { archive, encoder } = this.#catalog
    await encoder.finish()
    this.#list(CATALOG_FILENAME, await archive.finish())
    this.#catalog = undefined
  }

  /** The last file before the manifest, and never taken over from the base, whose key may be another (spec pbs §5.3, §9.3). */
  async #putWrappedKey(): Promise<void> {
    const { write, wrapKey } = this.#options
    if (write.cryptMode === 'none' || wrapKey === undefined) return
    await this.#putBlob(WRAPPED_KEY_FILENAME, await wrapKey())
  }

  async #putBlob(filename: string, blob: Uint8Array): Promise<void> {
    await this.#target.putBlob(filename, blob)
    this.#files.push({
      filename,
      'crypt-mode': this.#options.write.cryptMode,
      size: BigInt(blob.length),
      csum: plainDigest(blob),
    })
  }

  async #previousArchive(name: string) {
    const { write, crypt, sealer, signal } = this.#options
    const { base } = this.#target
    if (write.mode !== 'metadata' || base === undefined) return undefined
    this.#base ??= BaseSnapshot.open(base, { cryptMode: write.cryptMode, crypt, sealer, signal })
    return await (await this.#base)?.archive(name)
  }

  async #closeBase(): Promise<void> {
    const base = await this.#base?.catch(() => undefined) // its failure was thrown to who asked for it
    await base?.close()
  }

  #count({ sizeBytes, storedBytes, isNew }: Parameters<WriteObserver['chunk']>[0]): void {
    this.#stats.count++
    this.#stats.size += sizeBytes
    if (isNew) this.#stats.compressed_size += storedBytes
    else this.#stats.duplicates++
  }

  /** Names of archives become names of files. */
  #claim(name: string): void {
    const isTaken = this.#names.has(name) || ownNames.has(name)
    if (isTaken || !archiveName.test(name)) {
      throw new HoldfastError('input/invalid', { detail: `An archive cannot be named ${JSON.stringify(name)} here.` })
    }
    this.#names.add(name)
  }

  #list(filename: string, { sizeBytes, csum }: WrittenArchive): void {
    this.#files.push({ filename, 'crypt-mode': this.#options.write.cryptMode, size: sizeBytes, csum })
  }
}

/** The encoder's own payload stream: `PayloadWriter` writes the real one. */
const nowhere = { write() {} }

/** As the command line of PBS writes it (spec pbs §7.5). */
function preludeOf(patterns: readonly string[]): Uint8Array | undefined {
  if (patterns.length === 0) return undefined
  const text = JSON.stringify({ 'exclude-patterns': patterns.map((pattern) => `${pattern}\n`).join('') })
  return new TextEncoder().encode(text)
}
