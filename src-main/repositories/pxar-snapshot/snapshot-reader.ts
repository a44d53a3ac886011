import { HoldfastError } from '../../../src-shared/errors.ts'
import { piecesOf } from '../../archive/pieces-of.ts'
import type { PxarNode } from '../../archive/pxar/accessor.ts'
import { PxarAccessor } from '../../archive/pxar/accessor.ts'
import { decodePxar } from '../../archive/pxar/decoder.ts'
import type { RandomAccess } from '../../archive/random-access.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { SourceFacts } from '../../sources/source.ts'
import { decodeBlob, MAX_BLOB_PLAIN_BYTES } from '../../storage/blob.ts'
import type { ChunkIndex } from '../../storage/chunk-index.ts'
import { type CryptConfig, plainDigest } from '../../storage/crypt-config.ts'
import { DynamicIndex } from '../../storage/dynamic-index.ts'
import { FixedIndex } from '../../storage/fixed-index.ts'
import { checkFile, findFile, type Manifest, parseManifest, verifyManifest } from '../../storage/manifest.ts'
import type { ChunkSealer } from '../../storage/seal/chunk-sealer.ts'
import type { ContentRange, SnapshotReader, StoredEntry, StoredSnapshot, WalkOptions } from '../repository.ts'
import { MANIFEST_FILENAME } from './base-snapshot.ts'
import { ChunkFetcher } from './chunk-fetcher.ts'
import { ChunkedBytes } from './chunked-bytes.ts'
import { viewOfManifest } from './manifest-view.ts'
import { PayloadReader } from './payload-reader.ts'
import { remember } from './remember.ts'
import type { SealerPool } from './sealer-pool.ts'
import { selectPxar } from './select-pxar.ts'
import type { SnapshotFiles } from './snapshot-backend.ts'
import { parseSourceFacts, sourceFactsFilename } from './source-facts.ts'
import { lookupNode, notAFile, notAFolder } from './stored-nodes.ts'
import { countChunks, readWhole } from './whole-stream.ts'

export interface PxarSnapshotReaderOptions {
  readonly ref: StoredSnapshot['ref']
  readonly isProtected: boolean
  /** Which of them is needed, if any, the manifest says. */
  readonly keys: readonly CryptConfig[]
  readonly sealers: Pick<SealerPool, 'get'>
}

/** The streams of one tree. A split archive has a payload. */
interface OpenTree {
  readonly archive: ChunkIndex
  readonly payload: ChunkIndex | undefined
}

const treeSuffix = /\.m?pxar\.didx$/

/** Reads a snapshot of pxar archives, split or not, by whomever they were made (spec pbs §3, §9.5). */
export class PxarSnapshotReader implements SnapshotReader {
  readonly snapshot: StoredSnapshot
  readonly trees: readonly string[]
  readonly #files: SnapshotFiles
  readonly #manifest: Manifest
  readonly #manifestBlob: Uint8Array
  readonly #crypt: CryptConfig | undefined
  readonly #sealer: ChunkSealer
  readonly #fetcher: ChunkFetcher
  readonly #indexes = new Map<string, Promise<ChunkIndex>>()
  readonly #accessors = new Map<string, Promise<PxarAccessor>>()

  private constructor(files: SnapshotFiles, blob: Uint8Array, manifest: Manifest, options: PxarSnapshotReaderOptions) {
    const crypt = keyOf(manifest, options.keys)
    verifyManifest(manifest, crypt)
    this.#files = files
    this.#manifestBlob = blob
    this.#manifest = manifest
    this.#crypt = crypt
    this.#sealer = options.sealers.get(crypt)
    this.#fetcher = new ChunkFetcher({ files, sealer: this.#sealer })
    this.snapshot = viewOfManifest(options.ref, manifest, options.isProtected)
    this.trees = manifest.files
      .filter(({ filename }) => treeSuffix.test(filename))
      .map(({ filename }) => filename.replace(treeSuffix, ''))
  }

  /** Checks the manifest (§4.5). Throws `manifest/corrupt`, `manifest/signature`, `key/missing`, `key/wrong`. */
  static async open(
    files: SnapshotFiles,
    options: PxarSnapshotReaderOptions,
    signal: AbortSignal,
  ): Promise<PxarSnapshotReader> {
    const blob = await files.file(MANIFEST_FILENAME, signal)
    const manifest = parseManifest(blob)
    const { ref } = options
    if (
      manifest['backup-type'] !== ref.type ||
      manifest['backup-id'] !== ref.backupId ||
      manifest['backup-time'] !== ref.time
    ) {
      throw new HoldfastError('manifest/corrupt', { detail: 'It belongs to another snapshot.' })
    }
    return new PxarSnapshotReader(files, blob, manifest, options)
  }

  async facts(signal: AbortSignal): Promise<SourceFacts | undefined> {
    if (findFile(this.#manifest, sourceFactsFilename) === undefined) return undefined
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

  async *walk(tree: string, options: WalkOptions, signal: AbortSignal): AsyncGenerator<TreeEntry> {
    const { archive, payload } = await this.#openTree(tree, signal)
    // Contents come by once, in order, and nobody else looks at them.
    const { stages } = options
    const once = new ChunkFetcher({ files: this.#files, sealer: this.#sealer, isOnePass: true, stages })
    const contents =
      payload === undefined || !options.contents
        ? undefined
        : new PayloadReader(new ChunkedBytes(payload, once, { isOnePass: true, stages }), signal)
    stages?.begin('write')
    try {
      if (options.select !== undefined) {
        const accessor = await this.#accessor(tree, signal)
        yield* selectPxar(accessor, { select: options.select, contents }, signal)
        return
      }
      const pieces = new ChunkedBytes(archive, this.#fetcher).pieces(signal)
      yield* decodePxar(pieces, {
        signal,
        ...(contents !== undefined && { openPayload: (ref) => contents.open(ref) }),
      })
    } finally {
      stages?.end('write')
      await once.close()
    }
  }

  async blob(filename: string, signal: AbortSignal): Promise<Uint8Array> {
    if (filename === MANIFEST_FILENAME) return this.#manifestBytes()
    if (!filename.endsWith('.blob')) {
      const bytes = new ChunkedBytes(await this.index(filename, signal), this.#fetcher)
      return await readWhole(bytes, filename, MAX_BLOB_PLAIN_BYTES, signal)
    }
    const file = this.#find(filename)
    const blob = await this.#files.file(filename, signal)
    checkFile(file, BigInt(blob.length), plainDigest(blob))
    return decodeBlob(blob, { crypt: this.#crypt, maxPlainBytes: MAX_BLOB_PLAIN_BYTES })
  }

  async manifestText(): Promise<string> {
    return new TextDecoder().decode(this.#manifestBytes())
  }

  async chunks(filename: string, signal: AbortSignal): Promise<{ readonly count: number; readonly unique: number }> {
    return countChunks(await this.index(filename, signal))
  }

  /** The index of an archive. Throws `path/not-found`, `index/corrupt`. */
  index(filename: string, signal: AbortSignal): Promise<ChunkIndex> {
    return remember(this.#indexes, filename, async () => {
      const file = this.#find(filename)
      const bytes = await this.#files.file(filename, signal)
      const index = filename.endsWith('.fidx') ? FixedIndex.parse(bytes) : DynamicIndex.parse(bytes)
      checkFile(file, index.sizeBytes, index.csum())
      return index
    })
  }

  /** What the maker of an archive wrote at its head, such as what it left out. */
  async prelude(tree: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    return (await this.#accessor(tree, signal)).prelude
  }

  async close(): Promise<void> {
    await this.#fetcher.close()
    await this.#files.close()
  }

  #manifestBytes(): Uint8Array {
    return decodeBlob(this.#manifestBlob, { maxPlainBytes: MAX_BLOB_PLAIN_BYTES })
  }

  /** A file in a tree, or an archive that is none. */
  async #bytesOf(tree: string, path: readonly Uint8Array[], signal: AbortSignal): Promise<RandomAccess> {
    if (path.length === 0 && findFile(this.#manifest, tree) !== undefined && !tree.endsWith('.blob')) {
      return new ChunkedBytes(await this.index(tree, signal), this.#fetcher)
    }
    const accessor = await this.#accessor(tree, signal)
    const node = await lookupNode(accessor, path, signal)
    if (node.kind !== 'file') throw notAFile(path)
    return await accessor.open(node, signal)
  }

  async #openTree(tree: string, signal: AbortSignal): Promise<OpenTree> {
    if (findFile(this.#manifest, `${tree}.mpxar.didx`) !== undefined) {
      const archive = await this.index(`${tree}.mpxar.didx`, signal)
      return { archive, payload: await this.index(`${tree}.ppxar.didx`, signal) }
    }
    return { archive: await this.index(`${tree}.pxar.didx`, signal), payload: undefined }
  }

  #accessor(tree: string, signal: AbortSignal): Promise<PxarAccessor> {
    return remember(this.#accessors, tree, async () => {
      const { archive, payload } = await this.#openTree(tree, signal)
      return await PxarAccessor.open(new ChunkedBytes(archive, this.#fetcher), {
        signal,
        payload: payload === undefined ? undefined : new ChunkedBytes(payload, this.#fetcher),
      })
    })
  }

  #find(filename: string) {
    const file = findFile(this.#manifest, filename)
    if (file === undefined) throw new HoldfastError('path/not-found', { detail: filename })
    return file
  }
}

/** The key the manifest names; any other one when that is not at hand, so that the refusal says which it is. */
function keyOf(manifest: Manifest, keys: readonly CryptConfig[]): CryptConfig | undefined {
  const wanted = manifest.unprotected['key-fingerprint']?.toLowerCase()
  if (wanted === undefined) return undefined
  return keys.find(({ fingerprint }) => fingerprint === wanted) ?? keys[0]
}

function entryOf(node: PxarNode): StoredEntry {
  const { name, metadata } = node
  const { mtimeNs, permissions, uid, gid } = metadata
  const target = node.kind === 'symlink' ? node.target : node.kind === 'file' ? node.linkedTo : undefined
  return {
    name,
    kind: node.kind === 'file' && target !== undefined ? 'hardlink' : node.kind,
    sizeBytes: node.kind === 'file' ? node.sizeBytes : 0n,
    mtimeNs,
    permissions,
    uid,
    gid,
    target,
  }
}
