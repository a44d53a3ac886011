import { mkdirSync, type Stats } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate as nextTick } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { errorCode } from '../../os/system-error.ts'
import { type ChunkStore, type ChunkStoreOptions, createChunkStore } from './chunk-store.ts'
import { changeDisk } from './disk-error.ts'
import { CHUNKS_FOLDER, PROCESS_LOCK } from './layout.ts'
import { createLocks, type DatastoreLocks } from './locks.ts'
import { recoverReplacements } from './recover-replacements.ts'

/** A folder in the on-disk layout of PBS (spec pbs §4.6). Holds nothing open: there is nothing to close. */
export interface Datastore {
  /** Absolute. */
  readonly path: string
  readonly chunks: ChunkStore
  readonly locks: DatastoreLocks
}

const CHUNK_FOLDERS = 0x1_0000
const FOLDER_MODE = 0o750
/** How long the thread may be kept from its other work in one go. */
const SLICE_MS = 20
/** What a fresh file system brings along. */
const IGNORED = new Set(['lost+found', '.DS_Store', 'System Volume Information', '$RECYCLE.BIN'])

/**
 * Makes a datastore of a folder that is empty or not there. Throws `datastore/exists`, `path/not-empty`, `disk/full`,
 * `disk/read-only`. What a crash left of an earlier attempt is completed: `.lock`, the mark of a whole store, comes last.
 * Nothing waits for the disk, which would take seconds: the first snapshot does, and the chunk store makes folders anew.
 */
export async function createDatastore(folder: string, options: ChunkStoreOptions = {}): Promise<Datastore> {
  const root = path.resolve(folder)
  await changeDisk(root, async () => {
    makeFolders(root, FOLDER_MODE)
    const names = await listFolder(root)
    if (await isDatastore(root)) throw new HoldfastError('datastore/exists', { detail: root })
    if (names.some((name) => name !== CHUNKS_FOLDER && !IGNORED.has(name))) {
      throw new HoldfastError('path/not-empty', { detail: root, hint: 'Choose an empty folder for the repository.' })
    }
    await makeChunkFolders(path.join(root, CHUNKS_FOLDER))
    await writeFile(path.join(root, PROCESS_LOCK), '', { mode: 0o644 })
  })
  return datastoreAt(root, options)
}

/**
 * Throws `datastore/not-found` when the folder is not there or is not a datastore. Puts right what a crash left where a
 * snapshot was being replaced.
 */
export async function openDatastore(folder: string, options: ChunkStoreOptions = {}): Promise<Datastore> {
  const root = path.resolve(folder)
  if (!(await isDatastore(root))) throw new HoldfastError('datastore/not-found', { detail: root })
  const store = datastoreAt(root, options)
  await recoverReplacements(store)
  return store
}

async function isDatastore(root: string): Promise<boolean> {
  const [chunks, lock] = await Promise.all([
    statIfThere(path.join(root, CHUNKS_FOLDER)),
    statIfThere(path.join(root, PROCESS_LOCK)),
  ])
  return chunks?.isDirectory() === true && lock?.isFile() === true
}

function datastoreAt(root: string, options: ChunkStoreOptions): Datastore {
  return { path: root, chunks: createChunkStore(root, options), locks: createLocks(root) }
}

/** Synchronous calls in slices: ten times faster than one trip to the thread pool for each of the 65536 folders. */
async function makeChunkFolders(folder: string): Promise<void> {
  makeFolder(folder)
  let sliceEnd = performance.now() + SLICE_MS
  for (let prefix = 0; prefix < CHUNK_FOLDERS; prefix++) {
    makeFolder(path.join(folder, prefix.toString(16).padStart(4, '0')))
    if (performance.now() < sliceEnd) continue
    await nextTick()
    sliceEnd = performance.now() + SLICE_MS
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: FOLDER_MODE })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') throw new HoldfastError('path/not-a-folder', { detail: folder, cause: error })
    throw error
  }
}

async function statIfThere(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}
