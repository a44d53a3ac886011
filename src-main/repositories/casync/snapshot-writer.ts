import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { CatarEncoder } from '../../archive/catar/encoder.ts'
import { maxWrittenDepth } from '../../archive/catar/records.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { createCasyncChunker } from '../../engines/casync/chunker/casync-chunker.ts'
import type { IndexHeader } from '../../engines/casync/index/index-format.ts'
import type { LocalStore } from '../../engines/casync/store/local-store.ts'
import type { PlacedChunk } from '../../storage/chunk-index.ts'
import type { PendingFile } from '../../storage/datastore/pending-file.ts'
import type { SnapshotDraft } from '../../storage/datastore/snapshot-draft.ts'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import { ArchiveWriter, type WrittenArchive } from '../pxar-snapshot/archive-writer.ts'
import { copyImage } from '../pxar-snapshot/image-copy.ts'
import { writeTree } from '../pxar-snapshot/tree-writer.ts'
import type { ImageContent, SnapshotWriter, StoredSnapshot, WriteObserver, WriteOptions } from '../repository.ts'
import { whileReading } from '../stage-clock.ts'
import type { BaseSnapshot, OldTree } from './base-snapshot.ts'
import { type CasyncFormat, streamHeader, treeHeader } from './casync-format.ts'
import { ContinuedStream } from './continued-stream.ts'
import { LinkedFiles, readBack } from './linked-files.ts'
import { createNewIndex, keepChunk } from './new-snapshot.ts'
import {
  blobSuffix,
  createManifest,
  encodeManifest,
  entriesSuffix,
  type ManifestFile,
  streamSuffix,
  treeSuffix,
  viewOfManifest,
} from './snapshot-manifest.ts'
import { TreeFiles } from './tree-files.ts'

export interface CasyncSnapshotOptions {
  readonly draft: SnapshotDraft
  readonly store: LocalStore
  /** The snapshot before, if anything may be taken from it. Closed with the writer. */
  readonly base: BaseSnapshot | undefined
  readonly format: CasyncFormat
  readonly write: WriteOptions
  readonly sealer: ChunkSealer
  readonly now: () => number
  /** The snapshot is there. */
  readonly afterCommit: () => Promise<void>
  readonly signal: AbortSignal
}

/** Chunks on their way: enough for the threads, and not more than this many bytes of them. */
const maxBytesUnderWay = 48 << 20
const archiveName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/

/** Writes a snapshot as indexes and chunks that casync reads (spec casync §6, §7, §10), and the manifest at last. */
export class CasyncSnapshotWriter implements SnapshotWriter {
  readonly #options: CasyncSnapshotOptions
  readonly #files: ManifestFile[] = []
  readonly #names = new Set<string>()
  /** Indexes that were begun; discarding one that is complete does nothing. */
  readonly #begun: PendingFile[] = []
  readonly #keepChunk: (digest: Digest) => boolean

  constructor(options: CasyncSnapshotOptions) {
    this.#options = options
    const { store, now } = options
    this.#keepChunk = (digest) => keepChunk(store, digest, now())
  }

  async addTree(
    name: string,
    entries: AsyncIterable<TreeEntry>,
    _options: { readonly excludePatterns: readonly string[] },
    observer: WriteObserver,
  ): Promise<void> {
    this.#claim(name, [treeSuffix, entriesSuffix])
    const { base, format, signal } = this.#options
    const header = treeHeader(format)
    const old = await base?.tree(name, header)
    const links = new LinkedFiles()
    const archive = await this.#openArchive(name + treeSuffix, {
      header,
      observer,
      onChunk: (chunk) => links.append(chunk),
    })
    const entriesArchive = await this.#openArchive(name + entriesSuffix, { header: streamHeader(format), observer })
    try {
      await this.#writeTree(entries, { archive, entriesArchive, header, links, old, observer })
      this.#list(name + treeSuffix, await archive.finish())
      this.#list(name + entriesSuffix, await entriesArchive.finish())
    } finally {
      await archive[Symbol.asyncDispose]()
      await entriesArchive[Symbol.asyncDispose]()
    }
    signal.throwIfAborted()
  }

  async addStream(name: string, data: AsyncIterable<Uint8Array>, observer: WriteObserver): Promise<void> {
    this.#claim(name, [streamSuffix])
    await this.#addBytes(name + streamSuffix, observer, async (archive) => {
      for await (const bytes of data) {
        const pending = archive.write(bytes)
        if (pending !== undefined) await pending
        observer.bytes(bytes.length)
      }
    })
  }

  async addImage(name: string, image: ImageContent, observer: WriteObserver): Promise<void> {
    if (image.sizeBytes <= 0n) throw new HoldfastError('input/invalid', { detail: `The image ${name} is empty.` })
    const filename = `${name.endsWith('.img') ? name : `${name}.img`}${streamSuffix}`
    this.#claim(filename.slice(0, -streamSuffix.length), [streamSuffix])
    const { signal } = this.#options
    observer.entry(name, image.sizeBytes)
    await this.#addBytes(filename, observer, (archive) => copyImage(image, archive, { observer, signal }))
    observer.entryDone('stored')
  }

  async addBlob(name: string, data: Uint8Array): Promise<void> {
    this.#claim(name, [blobSuffix])
    const filename = name + blobSuffix
    await this.#options.draft.writeFile(filename, data)
    // A digest, since Node writes 64 lower-case digits.
    const csum = createHash('sha256').update(data).digest('hex') as Digest
    this.#files.push({ filename, size: data.length, csum })
  }

  /** Lists a file that is there already, as another manifest does. */
  listFile(file: ManifestFile): void {
    this.#files.push(file)
  }

  async commit(): Promise<StoredSnapshot> {
    const { draft, signal, base, afterCommit } = this.#options
    await base?.close()
    const manifest = createManifest(draft.ref, this.#files)
    signal.throwIfAborted()
    await draft.commit(encodeManifest(manifest))
    await afterCommit()
    return viewOfManifest(draft.ref, manifest, false)
  }

  async discard(): Promise<void> {
    await this.#options.base?.close()
    for (const file of this.#begun) await file.discard()
    await this.#options.draft.discard()
  }

  async #writeTree(entries: AsyncIterable<TreeEntry>, parts: TreeParts): Promise<void> {
    const { signal, store, format } = this.#options
    const { archive, entriesArchive, header, links, old, observer } = parts
    const stream = new ContinuedStream({ archive, entries: entriesArchive, old, keepChunk: this.#keepChunk, signal })
    const encoder = new CatarEncoder({
      output: stream,
      featureFlags: header.featureFlags,
      signal,
      onContent: (start, sizeBytes) => {
        stream.noteContent(start, sizeBytes)
        files.noteContent(start)
      },
      onContentProblem: (_path, problem) => files.noteProblem(problem),
    })
    const fetch = async ({ digest, sizeBytes }: PlacedChunk) => {
      const data = await store.get(digest, { algorithms: [format.algorithm], sizeBytes }, signal)
      if (data === undefined) throw new HoldfastError('chunk/missing', { detail: digest })
      return data
    }
    const files = new TreeFiles({
      encoder,
      stream,
      links,
      previous: old?.previous,
      readBack: (file) => readBack(file, { links, fetch, openChunk: () => archive.openChunk() }),
      observer,
      signal,
    })
    try {
      await whileReading(observer.stages, async () => {
        await writeTree(entries, files.encoder, files, files.observer, { maxDepth: maxWrittenDepth })
        await encoder.finish()
        await stream.finish()
      })
    } finally {
      await files.close()
    }
  }

  async #addBytes(
    filename: string,
    observer: WriteObserver,
    write: (archive: ArchiveWriter) => Promise<void>,
  ): Promise<void> {
    const archive = await this.#openArchive(filename, { header: streamHeader(this.#options.format), observer })
    try {
      await whileReading(observer.stages, () => write(archive))
      this.#list(filename, await archive.finish())
    } finally {
      await archive[Symbol.asyncDispose]()
    }
  }

  async #openArchive(filename: string, { header, observer, onChunk }: OpenArchiveOptions): Promise<ArchiveWriter> {
    const { draft, store, sealer, write, signal } = this.#options
    const onFile = (file: PendingFile) => void this.#begun.push(file)
    const most = Math.max(1, Math.floor(maxBytesUnderWay / header.sizes.maxBytes))
    return new ArchiveWriter({
      index: await createNewIndex(filename, {
        ...{ draft, store, header, signal, onChunk },
        isCompressed: write.compress,
        onFile,
      }),
      chunker: createCasyncChunker(header.sizes),
      limit: Math.min(most, sealer.threads * 8),
      sealer,
      pace: write.pace,
      keepChunk: this.#keepChunk,
      observer,
      signal,
    })
  }

  #list(filename: string, { sizeBytes, csum }: WrittenArchive): void {
    this.#files.push({ filename, size: Number(sizeBytes), csum })
  }

  #claim(name: string, suffixes: readonly string[]): void {
    const filenames = suffixes.map((suffix) => name + suffix)
    if (!archiveName.test(name)) throw new HoldfastError('input/invalid', { detail: `${name} cannot name an archive.` })
    if (this.#names.has(name) || filenames.some((filename) => this.#names.has(filename))) {
      throw new HoldfastError('input/invalid', { detail: `The snapshot has an archive ${name} already.` })
    }
    for (const each of [name, ...filenames]) this.#names.add(each)
  }
}

interface TreeParts {
  readonly archive: ArchiveWriter
  readonly entriesArchive: ArchiveWriter
  readonly header: IndexHeader
  readonly links: LinkedFiles
  readonly old: OldTree | undefined
  readonly observer: WriteObserver
}

interface OpenArchiveOptions {
  readonly header: IndexHeader
  readonly observer: WriteObserver
  readonly onChunk?: ((chunk: PlacedChunk) => void) | undefined
}
