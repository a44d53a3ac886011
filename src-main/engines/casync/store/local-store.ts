import { type Dirent, existsSync, lstatSync, mkdirSync, utimesSync } from 'node:fs'
import { opendir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { errorCode } from '../../../os/system-error.ts'
import { allocateChunk } from '../../../storage/chunk-stream.ts'
import { asDiskError, changeDisk } from '../../../storage/datastore/disk-error.ts'
import { readChunkFile, writeChunkFile } from './chunk-file.ts'
import { type ChunkPayload, type OpenChunkOptions, openChunk } from './chunk-payload.ts'
import type { ChunkStore } from './chunk-store.ts'
import { type WritableCompression, zstdBound } from './compression.ts'
import {
  badChunkSuffix,
  type ChunkFile,
  chunkFolderPath,
  defaultChunkSuffix,
  isChunkFolder,
  parseChunkFile,
  plainChunkPath,
  TemporaryNames,
} from './layout.ts'
import { Packer } from './packer.ts'
import { createStoreSync, type StoreSync } from './store-sync.ts'
import { Unpacker } from './unpacker.ts'

/** The largest chunks that casync makes by itself, and about what they take when they cannot be made smaller. */
const usualBytes = zstdBound(256 << 10)

export interface LocalStoreOptions {
  /** For new chunks. */
  readonly compression?: WritableCompression | undefined
  /** Instead of `.cacnk`, as `CASYNC_COMPRESSED_CHUNK_SUFFIX` says. */
  readonly suffix?: string | undefined
}

/** A file of the store, as garbage collection and verification see it. */
export interface StoredFile {
  readonly path: string
  readonly file: ChunkFile
}

/**
 * A .castr folder (spec casync §7). Any number of readers and writers may use it at once, casync's own among them. A
 * folder that does not exist is an empty store.
 */
export class LocalStore implements ChunkStore {
  readonly root: string
  readonly #compression: WritableCompression
  readonly #suffix: string
  readonly #sync: StoreSync
  /** Folders of chunks that were there when they were last looked for, at most 65,536. */
  readonly #folders = new Set<string>()
  readonly #temporaryNames = new TemporaryNames()
  #packer: Packer | undefined
  #unpacker: Unpacker | undefined
  /** Files of chunks are read into it. */
  #room: Uint8Array<ArrayBuffer> | undefined

  constructor(root: string, { compression = 'zstd', suffix = defaultChunkSuffix }: LocalStoreOptions = {}) {
    if (!/^\.[A-Za-z0-9._-]+$/.test(suffix)) {
      throw new HoldfastError('input/invalid', { detail: `${JSON.stringify(suffix)} is no suffix of chunk files.` })
    }
    this.root = root
    this.#compression = compression
    this.#suffix = suffix
    this.#sync = createStoreSync(root)
  }

  /** What names of compressed chunks end in. */
  get suffix(): string {
    return this.#suffix
  }

  /** How new chunks are compressed. */
  get compression(): WritableCompression {
    return this.#compression
  }

  /** Whether there is something under the name of the chunk, in whatever form and state. */
  async has(id: Digest): Promise<boolean> {
    return this.#find(id) !== undefined
  }

  /** As `has`, and gives it a new time: garbage collection then knows that somebody counts on it. */
  async keep(id: Digest): Promise<boolean> {
    return this.#refresh(id)
  }

  /**
   * The chunk as it is stored, not verified, compressed if there is a choice. Undefined when the store has no such
   * chunk. Throws `chunk/corrupt` for an impossible size and for what is not a file.
   */
  async readStored(id: Digest): Promise<ChunkPayload | undefined> {
    return this.#readStored(id, undefined)
  }

  /**
   * The verified plain bytes, in `into` if that is large enough, else in memory of their own. Undefined when the store has
   * no such chunk. Throws as `openChunk` does.
   */
  async read(id: Digest, options?: OpenChunkOptions, into?: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
    this.#room ??= allocateChunk(usualBytes)
    const stored = this.#readStored(id, this.#room)
    if (stored === undefined) return undefined
    this.#unpacker ??= new Unpacker()
    const unpacker = this.#unpacker
    const plain = openChunk(id, stored, options, (bytes, compression, maxBytes) =>
      unpacker.unpack(bytes, compression, maxBytes, into),
    )
    return plain.buffer === this.#room.buffer ? new Uint8Array(plain) : plain
  }

  get(id: Digest, options: OpenChunkOptions, signal: AbortSignal): Promise<Uint8Array | undefined> {
    signal.throwIfAborted()
    return this.read(id, options)
  }

  put(id: Digest, payload: ChunkPayload, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted()
    return this.writeStored(id, payload)
  }

  /**
   * Compresses and stores a chunk whose digest is `id`; that is taken on trust. False when it was there already: then its
   * time is refreshed, so that garbage collection knows that somebody counts on it.
   */
  async write(id: Digest, plain: Uint8Array): Promise<boolean> {
    if (this.#refresh(id)) return false
    this.#packer ??= new Packer(this.#compression)
    // Written before anyone else has a turn: the memory is the packer's.
    await this.#sync.written(this.#put(id, { bytes: this.#packer.pack(plain), isCompressed: true }))
    return true
  }

  /** Stores a chunk in the form it came in. Whoever calls has verified it. False as for `write`. */
  async writeStored(id: Digest, payload: ChunkPayload): Promise<boolean> {
    if (this.#refresh(id)) return false
    await this.#sync.written(this.#put(id, payload))
    return true
  }

  /** Returns when every chunk written through this object survives a loss of power. Before an index names them. */
  async sync(): Promise<void> {
    await changeDisk(this.root, () => this.#sync.sync())
  }

  /** Gives a damaged chunk another name, so that the next backup stores it anew. Every form of it; false without any. */
  async setAside(id: Digest): Promise<boolean> {
    let isFound = false
    for (const { file } of this.#forms(id)) {
      try {
        await changeDisk(file, () => rename(file, file + badChunkSuffix))
        isFound = true
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error
      }
    }
    return isFound
  }

  /** Removes every form of a chunk, whoever may need it: for caches. */
  async remove(id: Digest): Promise<void> {
    for (const { file } of this.#forms(id)) await changeDisk(file, () => rm(file, { force: true }))
  }

  /** Every file of the chunk folders, in no order. What lies elsewhere in the folder is nobody's business here. */
  async *files(signal: AbortSignal): AsyncGenerator<StoredFile, void, undefined> {
    for await (const folder of listRoot(this.root)) {
      if (!isChunkFolder(folder.name) || !folder.isDirectory()) continue
      const folderPath = path.join(this.root, folder.name)
      for (const name of await listNames(folderPath)) {
        signal.throwIfAborted()
        yield { path: path.join(folderPath, name), file: parseChunkFile(folder.name, name, this.#suffix) }
      }
    }
  }

  #readStored(id: Digest, room: Uint8Array<ArrayBuffer> | undefined): ChunkPayload | undefined {
    for (const { file, isCompressed } of this.#forms(id)) {
      const bytes = readChunkFile(file, id, room)
      if (bytes !== undefined) return { bytes, isCompressed }
    }
    return undefined
  }

  /** The file of the chunk, the first of its forms. */
  #find(id: Digest): string | undefined {
    if (!this.#hasFolder(chunkFolderPath(this.root, id))) return undefined
    return this.#forms(id).find(({ file }) => lstatSync(file, { throwIfNoEntry: false }) !== undefined)?.file
  }

  #refresh(id: Digest): boolean {
    const file = this.#find(id)
    if (file === undefined) return false
    const now = Date.now() / 1000
    try {
      utimesSync(file, now, now)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false // collected just now
      if (!refusals.has(errorCode(error) ?? '')) throw error // of another owner: its age counts
    }
    return true
  }

  /** Compressed first: so does casync. */
  #forms(id: Digest): readonly { readonly file: string; readonly isCompressed: boolean }[] {
    const plain = plainChunkPath(this.root, id)
    return [
      { file: plain + this.#suffix, isCompressed: true },
      { file: plain, isCompressed: false },
    ]
  }

  /** Returns the file. Synchronous, as `writeChunkFile`. */
  #put(id: Digest, { bytes, isCompressed }: ChunkPayload): string {
    const file = plainChunkPath(this.root, id) + (isCompressed ? this.#suffix : '')
    const folder = chunkFolderPath(this.root, id)
    try {
      this.#makeFolder(folder)
      try {
        writeChunkFile(file, this.#temporaryNames.next(this.root, id), bytes)
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error
        this.#folders.clear() // removed since
        this.#makeFolder(folder)
        writeChunkFile(file, this.#temporaryNames.next(this.root, id), bytes)
      }
    } catch (error) {
      throw asDiskError(error, file)
    }
    return file
  }

  /** Nearly every chunk of a new store is the first in its folder: to ask for that costs less than to fail. */
  #hasFolder(folder: string): boolean {
    if (this.#folders.has(folder)) return true
    const isThere = existsSync(folder)
    if (isThere) this.#folders.add(folder)
    return isThere
  }

  /** The store itself, one level, and the folder of a chunk: others may be making them as well. */
  #makeFolder(folder: string): void {
    if (this.#folders.has(folder)) return
    try {
      makeFolder(folder)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
      makeFolder(this.root)
      makeFolder(folder)
    }
    this.#folders.add(folder)
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

const refusals: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EROFS'])

async function* listRoot(root: string): AsyncGenerator<Dirent, void, undefined> {
  try {
    for await (const entry of await opendir(root, { bufferSize: 1024 })) yield entry
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error // an empty store
  }
}

async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [] // removed meanwhile
    throw error
  }
}
