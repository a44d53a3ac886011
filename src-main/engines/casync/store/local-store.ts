import type { Dirent } from 'node:fs'
import { lstat, mkdir, open, opendir } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { errorCode } from '../../../os/system-error.ts'
import { changeDisk } from '../../../storage/datastore/disk-error.ts'
import { syncFolder } from '../../../storage/datastore/durable-file.ts'
import { readChunkFile, writeChunkFile } from './chunk-file.ts'
import { type ChunkPayload, type OpenChunkOptions, openChunk, sealChunk } from './chunk-payload.ts'
import type { WritableCompression } from './compression.ts'
import {
  type ChunkFile,
  defaultChunkSuffix,
  isChunkFolder,
  parseChunkFile,
  plainChunkPath,
  temporaryChunkPath,
} from './layout.ts'

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
export class LocalStore {
  readonly root: string
  readonly #compression: WritableCompression
  readonly #suffix: string
  /** Written and not yet known to be on the disk. */
  #unsynced: string[] = []

  constructor(root: string, { compression = 'zstd', suffix = defaultChunkSuffix }: LocalStoreOptions = {}) {
    if (!/^\.[A-Za-z0-9._-]+$/.test(suffix)) {
      throw new HoldfastError('input/invalid', { detail: `${JSON.stringify(suffix)} is no suffix of chunk files.` })
    }
    this.root = root
    this.#compression = compression
    this.#suffix = suffix
  }

  /** Whether there is something under the name of the chunk, in whatever form and state. */
  async has(id: Digest): Promise<boolean> {
    for (const { file } of this.#forms(id)) {
      try {
        await lstat(file)
        return true
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error
      }
    }
    return false
  }

  /**
   * The chunk as it is stored, not verified, compressed if there is a choice. Undefined when the store has no such
   * chunk. Throws `chunk/corrupt` for an impossible size and for what is not a file.
   */
  async readStored(id: Digest): Promise<ChunkPayload | undefined> {
    for (const { file, isCompressed } of this.#forms(id)) {
      const bytes = await readChunkFile(file, id)
      if (bytes !== undefined) return { bytes, isCompressed }
    }
    return undefined
  }

  /** The verified plain bytes. Undefined when the store has no such chunk. Throws as `openChunk` does. */
  async read(id: Digest, options?: OpenChunkOptions): Promise<Uint8Array | undefined> {
    const stored = await this.readStored(id)
    return stored && openChunk(id, stored, options)
  }

  /** Compresses and stores a chunk whose digest is `id`; that is taken on trust. False when it was there already. */
  async write(id: Digest, plain: Uint8Array): Promise<boolean> {
    if (await this.has(id)) return false
    return await this.#put(id, sealChunk(plain, this.#compression))
  }

  /** Stores a chunk in the form it came in. Whoever calls has verified it. False when it was there already. */
  async writeStored(id: Digest, payload: ChunkPayload): Promise<boolean> {
    return (await this.has(id)) ? false : await this.#put(id, payload)
  }

  /** Returns when every chunk written through this object survives a loss of power. Before an index names them. */
  async sync(): Promise<void> {
    const files = this.#unsynced
    this.#unsynced = []
    await changeDisk(this.root, async () => {
      for (const file of files) {
        if (process.platform !== 'win32') await syncReadOnly(file)
      }
      for (const folder of new Set(files.map((file) => path.dirname(file)))) await syncFolder(folder)
      if (files.length > 0) await syncFolder(this.root)
    })
  }

  /** Every file of the chunk folders, in no order. What lies elsewhere in the folder is nobody's business here. */
  async *files(signal: AbortSignal): AsyncGenerator<StoredFile, void, undefined> {
    for await (const folder of listFolder(this.root)) {
      if (!isChunkFolder(folder.name) || !folder.isDirectory()) continue
      const folderPath = path.join(this.root, folder.name)
      for await (const { name } of listFolder(folderPath)) {
        signal.throwIfAborted()
        yield { path: path.join(folderPath, name), file: parseChunkFile(folder.name, name, this.#suffix) }
      }
    }
  }

  /** Compressed first: so does casync. */
  #forms(id: Digest): readonly { readonly file: string; readonly isCompressed: boolean }[] {
    const plain = plainChunkPath(this.root, id)
    return [
      { file: plain + this.#suffix, isCompressed: true },
      { file: plain, isCompressed: false },
    ]
  }

  async #put(id: Digest, { bytes, isCompressed }: ChunkPayload): Promise<boolean> {
    const file = plainChunkPath(this.root, id) + (isCompressed ? this.#suffix : '')
    const isNew = await changeDisk(file, async () => {
      try {
        return await writeChunkFile(file, temporaryChunkPath(this.root, id), bytes)
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error
        await makeFolders(this.root, path.dirname(file))
        return await writeChunkFile(file, temporaryChunkPath(this.root, id), bytes)
      }
    })
    if (isNew) this.#unsynced.push(file)
    return isNew
  }
}

/** The store itself, one level, and the folder of the chunk: others may be making them as well. */
async function makeFolders(...folders: string[]): Promise<void> {
  for (const folder of folders) {
    try {
      await mkdir(folder)
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error
    }
  }
}

async function* listFolder(folder: string): AsyncGenerator<Dirent, void, undefined> {
  try {
    for await (const entry of await opendir(folder)) yield entry
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error // removed meanwhile, or an empty store
  }
}

async function syncReadOnly(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error // collected since
  }
}
