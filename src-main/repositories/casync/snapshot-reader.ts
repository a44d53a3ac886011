import { createHash } from 'node:crypto'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { CatarAccessor, type CatarNode } from '../../archive/catar/accessor.ts'
import { decodeCatar } from '../../archive/catar/decoder.ts'
import { piecesOf } from '../../archive/pieces-of.ts'
import type { RandomAccess } from '../../archive/random-access.ts'
import { readForward } from '../../archive/read-forward.ts'
import { Section } from '../../archive/section.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import type { SourceFacts } from '../../sources/source.ts'
import { ChunkFetcher, type ChunkFetcherOptions } from '../pxar-snapshot/chunk-fetcher.ts'
import { ChunkedBytes } from '../pxar-snapshot/chunked-bytes.ts'
import { remember } from '../pxar-snapshot/remember.ts'
import { parseSourceFacts, sourceFactsFilename } from '../pxar-snapshot/source-facts.ts'
import { lookupNode, notAFile, notAFolder } from '../pxar-snapshot/stored-nodes.ts'
import { countChunks, readWhole } from '../pxar-snapshot/whole-stream.ts'
import type { ContentRange, SnapshotReader, StoredEntry, StoredSnapshot, WalkOptions } from '../repository.ts'
import { checkIndex } from './index-csum.ts'
import { selectCatar } from './select-catar.ts'
import {
  blobSuffix,
  type CasyncManifest,
  casyncNames,
  encodeManifest,
  entriesSuffix,
  type ManifestFile,
  manifestFilename,
  treeSuffix,
} from './snapshot-manifest.ts'

export interface CasyncReaderOptions {
  readonly snapshot: StoredSnapshot
  readonly manifest: CasyncManifest
  /** A whole file of the snapshot. Throws `path/not-found`. */
  readFile(filename: string, signal: AbortSignal): Promise<Uint8Array>
  readonly chunks: ChunkFetcherOptions
  /** Called once, at the end. */
  release(): Promise<void>
}

/** What is handed over whole. */
const maxWholeBytes = 128 << 20

/** Reads a snapshot of casync archives, by whomever they were made (spec casync §6, §10). */
export class CasyncSnapshotReader implements SnapshotReader {
  readonly snapshot: StoredSnapshot
  readonly trees: readonly string[]
  readonly #options: CasyncReaderOptions
  readonly #fetcher: ChunkFetcher
  readonly #indexes = new Map<string, Promise<CasyncIndex>>()
  readonly #accessors = new Map<string, Promise<CatarAccessor>>()
  #isOpen = true

  constructor(options: CasyncReaderOptions) {
    this.#options = options
    this.#fetcher = new ChunkFetcher(options.chunks)
    this.snapshot = options.snapshot
    this.trees = options.manifest.files
      .filter(({ filename }) => filename.endsWith(treeSuffix))
      .map(({ filename }) => filename.slice(0, -treeSuffix.length))
  }

  async facts(signal: AbortSignal): Promise<SourceFacts | undefined> {
    if (!this.#has(sourceFactsFilename)) return undefined
    return parseSourceFacts(await this.blob(sourceFactsFilename, signal))
  }

  async *list(tree: string, path: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<StoredEntry> {
    const accessor = await this.#accessor(tree, signal)
    const node = await lookupNode(accessor, path, signal)
    if (node.kind !== 'directory') throw notAFolder(path)
    for await (const child of accessor.list(node, signal)) yield entryOf(child)
  }

  async stat(tree: string, path: readonly Uint8Array[], signal: AbortSignal): Promise<StoredEntry> {
    return entryOf(await lookupNode(await this.#accessor(tree, signal), path, signal))
  }

  async *content(
    tree: string,
    path: readonly Uint8Array[],
    range: ContentRange,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    yield* piecesOf(await this.#bytesOf(tree, path, signal), signal, range)
  }

  async *walk(tree: string, { select, contents }: WalkOptions, signal: AbortSignal): AsyncGenerator<TreeEntry> {
    if (select !== undefined) {
      yield* selectCatar(await this.#accessor(tree, signal), select, signal)
      return
    }
    const archive = await this.#bytes(tree + treeSuffix, signal)
    if (this.#has(tree + entriesSuffix)) {
      const entries = await this.#bytes(tree + entriesSuffix, signal)
      const openContent = (start: number, sizeBytes: number) => {
        if (BigInt(start + sizeBytes) > archive.sizeBytes) throw corruptEntries(tree)
        return readForward(new Section(archive, BigInt(start), BigInt(sizeBytes)), signal)
      }
      yield* decodeCatar(entries.pieces(signal), { signal, openContent })
    } else if (contents) yield* decodeCatar(archive.pieces(signal), { signal })
    // Casync itself keeps no list of entries: they are looked up where they are, between the contents.
    else yield* selectCatar(await this.#accessor(tree, signal), [[]], signal)
  }

  async blob(filename: string, signal: AbortSignal): Promise<Uint8Array> {
    if (filename === manifestFilename) return encodeManifest(this.#options.manifest)
    const file = this.#find(filename)
    if (!filename.endsWith(blobSuffix))
      return await readWhole(await this.#bytes(filename, signal), filename, maxWholeBytes, signal)
    const bytes = await this.#options.readFile(filename, signal)
    const isRight = bytes.length === file.size && createHash('sha256').update(bytes).digest('hex') === file.csum
    if (!isRight) throw new HoldfastError('blob/corrupt', { detail: `${filename} is not what the manifest says.` })
    return bytes
  }

  async manifestText(): Promise<string> {
    return new TextDecoder().decode(encodeManifest(this.#options.manifest))
  }

  async chunks(filename: string, signal: AbortSignal): Promise<{ readonly count: number; readonly unique: number }> {
    return countChunks(await this.index(filename, signal))
  }

  /** The index of an archive. Throws `index/corrupt`. */
  index(filename: string, signal: AbortSignal): Promise<CasyncIndex> {
    return remember(this.#indexes, filename, async () => {
      const file = this.#find(filename)
      return checkIndex(CasyncIndex.parse(await this.#options.readFile(filename, signal)), file)
    })
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.#fetcher.close()
    await this.#options.release()
  }

  /** A file in a tree, or an archive as a stream. */
  async #bytesOf(tree: string, path: readonly Uint8Array[], signal: AbortSignal): Promise<RandomAccess> {
    if (path.length === 0 && casyncNames.isIndex(tree) && this.#has(tree)) return await this.#bytes(tree, signal)
    const accessor = await this.#accessor(tree, signal)
    const node = await lookupNode(accessor, path, signal)
    if (node.kind !== 'file') throw notAFile(path)
    return accessor.open(node)
  }

  async #bytes(filename: string, signal: AbortSignal): Promise<ChunkedBytes> {
    return new ChunkedBytes(await this.index(filename, signal), this.#fetcher)
  }

  #accessor(tree: string, signal: AbortSignal): Promise<CatarAccessor> {
    return remember(this.#accessors, tree, async () => {
      const { featureFlags } = (await this.index(tree + treeSuffix, signal)).header
      return await CatarAccessor.open(await this.#bytes(tree + treeSuffix, signal), { signal, featureFlags })
    })
  }

  #has(filename: string): boolean {
    return this.#options.manifest.files.some((file) => file.filename === filename)
  }

  #find(filename: string): ManifestFile {
    const file = this.#options.manifest.files.find((each) => each.filename === filename)
    if (file === undefined) throw new HoldfastError('path/not-found', { detail: filename })
    return file
  }
}

function corruptEntries(tree: string): HoldfastError {
  return new HoldfastError('archive/corrupt', {
    detail: `${tree}${entriesSuffix} does not go with ${tree}${treeSuffix}.`,
  })
}

function entryOf(node: CatarNode): StoredEntry {
  const { kind, name, metadata } = node
  const { mtimeNs, permissions, uid, gid } = metadata
  const sizeBytes = kind === 'file' ? node.sizeBytes : 0n
  return { name, kind, sizeBytes, mtimeNs, permissions, uid, gid, target: kind === 'symlink' ? node.target : undefined }
}
