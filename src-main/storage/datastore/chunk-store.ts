import { type FileHandle, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { errorCode } from '../../os/system-error.ts'
import { MAX_ENCODED_CHUNK_BYTES, readKind } from '../blob.ts'
import { createDurability } from './chunk-durability.ts'
import { changeDisk } from './disk-error.ts'
import { type OpenNew, replaceFile } from './durable-file.ts'
import { chunkPath } from './layout.ts'

/** The chunks of a datastore: blobs under the digest of their plain data (spec pbs §4.6). Any number may work at once. */
export interface ChunkStore {
  /**
   * Stores a chunk by the insert rule, without waiting for the disk: see `sync`. The digest is taken on trust. Throws
   * `disk/full`, `disk/read-only`, and `chunk/corrupt` when the stored chunk contradicts this one.
   */
  insert(digest: Digest, blob: Uint8Array): Promise<ChunkInsertion>
  /**
   * The encoded chunk as it is on disk, unchecked, in a buffer of its own. Throws `chunk/missing`, `chunk/corrupt` for an
   * impossible size, and `file/unreadable` when the disk does not give it.
   */
  read(digest: Digest): Promise<Uint8Array<ArrayBuffer>>
  /** Undefined when there is no such chunk. */
  stat(digest: Digest): Promise<ChunkStat | undefined>
  /** Marks the chunk as used now, or at `atMs`; false when there is no such chunk. */
  touch(digest: Digest, atMs?: number): Promise<boolean>
  /** Takes a damaged chunk out of use as `<digest>.N.bad`, so that the next backup stores it again (§8.7). */
  setAside(digest: Digest): Promise<void>
  /** Returns when everything inserted before the call survives a loss of power. Call it before an index names the chunks. */
  sync(): Promise<void>
}

export interface ChunkInsertion {
  /** False when the chunk, or a smaller encoding of it, was there already. */
  readonly isNew: boolean
  /** What is on disk now. */
  readonly storedBytes: number
}

export interface ChunkStat {
  readonly sizeBytes: number
  /** Last use: the mark of garbage collection. */
  readonly usedAtMs: number
}

export interface ChunkStoreOptions {
  /** For tests that make the disk fail. */
  readonly openFile?: OpenNew | undefined
}

const CHUNK_MODE = 0o644
const FOLDER_MODE = 0o750
const BAD_COPIES = 10

export function createChunkStore(root: string, { openFile }: ChunkStoreOptions = {}): ChunkStore {
  const durability = createDurability(root)

  const touchFile = async (file: string, atMs: number) => {
    try {
      const { mtimeMs } = await stat(file)
      await changeDisk(file, () => utimes(file, atMs / 1000, mtimeMs / 1000))
      return true
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false
      throw error
    }
  }

  return {
    async insert(digest, blob) {
      const file = chunkPath(root, digest)
      const existing = await sizeOf(file)
      if (existing !== undefined && (await isAsGood(file, existing, blob)) && (await touchFile(file, Date.now()))) {
        return { isNew: false, storedBytes: existing }
      }
      // Not there, worse, or garbage collection took it just before the touch.
      await writeChunk(file, blob, openFile)
      await durability.written(file)
      return { isNew: true, storedBytes: blob.length }
    },

    read: (digest) => readChunk(chunkPath(root, digest), digest),

    async stat(digest) {
      try {
        const { size, atimeMs } = await stat(chunkPath(root, digest))
        return { sizeBytes: size, usedAtMs: atimeMs }
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined
        throw error
      }
    },

    touch: (digest, atMs = Date.now()) => touchFile(chunkPath(root, digest), atMs),

    async setAside(digest) {
      const file = chunkPath(root, digest)
      for (let copy = 0; copy < BAD_COPIES; copy++) {
        const target = `${file}.${copy}.bad`
        if ((await sizeOf(target)) !== undefined) continue
        return await moveAway(file, target)
      }
      await changeDisk(file, () => rm(file, { force: true })) // ten copies are evidence enough
    },

    sync: () => durability.sync(),
  }
}

/** Rules 1 to 4 of §4.6: may the chunk on disk stand for this one? */
async function isAsGood(file: string, existing: number, blob: Uint8Array): Promise<boolean> {
  if (existing === blob.length) return true
  if (existing === 0) return false
  const kind = readKind(blob)
  if (!kind.isEncrypted) return existing < blob.length
  const stored = readKind(await readHeader(file))
  if (!stored.isEncrypted) throw contradiction(file, 'is stored without encryption')
  if (!stored.isCompressed && !kind.isCompressed) throw contradiction(file, 'is stored with another length')
  return true
}

async function writeChunk(file: string, blob: Uint8Array, openFile: OpenNew | undefined): Promise<void> {
  const options = { mode: CHUNK_MODE, isDurable: false, openFile }
  try {
    await replaceFile(file, blob, options)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    // One of the 65536 folders is missing; without `.chunks` above it, the whole store is, as when a disk is unplugged.
    await makeChunkFolder(path.dirname(file))
    await replaceFile(file, blob, options)
  }
}

async function makeChunkFolder(folder: string): Promise<void> {
  try {
    await changeDisk(folder, () => mkdir(folder, { mode: FOLDER_MODE }))
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return
    if (errorCode(error) !== 'ENOENT') throw error
    throw new HoldfastError('datastore/not-found', { detail: path.dirname(path.dirname(folder)), cause: error })
  }
}

async function readChunk(file: string, digest: Digest): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      if (size > MAX_ENCODED_CHUNK_BYTES) {
        throw new HoldfastError('chunk/corrupt', { detail: `${digest} has ${size} bytes.` })
      }
      return await readWhole(handle, size)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new HoldfastError('chunk/missing', { detail: digest, cause: error })
    if (errorCode(error) === 'EIO') throw new HoldfastError('file/unreadable', { detail: file, cause: error })
    throw error
  }
}

/** A buffer of its own, so that it can move to another thread. */
async function readWhole(handle: FileHandle, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size)
  let filled = 0
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled)
    if (bytesRead === 0) return bytes.slice(0, filled)
    filled += bytesRead
  }
  return bytes
}

async function readHeader(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r')
  try {
    const header = new Uint8Array(8)
    const { bytesRead } = await handle.read(header, 0, header.length, 0)
    return header.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function moveAway(file: string, target: string): Promise<void> {
  try {
    await changeDisk(file, () => rename(file, target))
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error // gone already: someone else was faster
  }
}

function contradiction(file: string, problem: string): HoldfastError {
  return new HoldfastError('chunk/corrupt', { detail: `The chunk ${file} ${problem}.` })
}
