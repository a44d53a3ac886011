import type { Dirent } from 'node:fs'
import { readdir, readFile, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { setImmediate as nextTick } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { errorCode } from '../../os/system-error.ts'
import type { ChunkIndex } from '../chunk-index.ts'
import type { Datastore } from './datastore.ts'
import { DigestSet } from './digest-set.ts'
import { forEachBounded } from './for-each-bounded.ts'
import { chunkPath } from './layout.ts'
import { parseIndex } from './parse-index.ts'
import { REPLACING_FOLDER } from './recover-replacements.ts'

export interface MarkResult {
  readonly indexFiles: number
  readonly indexDataBytes: bigint
  readonly missingChunks: number
  readonly damagedIndexes: readonly string[]
}

export interface MarkOptions {
  /** The mark: Unix milliseconds. */
  readonly atMs: number
  onProgress(done: number, total: number): void
}

/** Namespaces nest seven deep with "ns" between, then type, id and snapshot; deeper lies nothing of a datastore. */
const MAX_DEPTH = 7 * 2 + 4
/** Every pass needs backups that finish and snapshots that are forgotten meanwhile. */
const MAX_PASSES = 100
/** As PBS's cache: 66 MB at most, four terabytes of usual chunks; what is beyond is touched once per index. */
const MAX_REMEMBERED = 1 << 20
const TOUCHES_AT_ONCE = 8
const DIGESTS_A_SLICE = 2048
const BAD_COPIES = 10

/**
 * Marks every chunk that an index anywhere in the store refers to, finished or not (spec pbs §8.6, phase 1).
 *
 * A snapshot may finish in a folder already listed, built on one that is then forgotten before its turn: neither would
 * be seen. Since a snapshot is forgotten only when those built on it are finished, such a one shows up in the next
 * listing. So listings are repeated until one has nothing new and nothing vanished.
 */
export async function markChunks(store: Datastore, options: MarkOptions, signal: AbortSignal): Promise<MarkResult> {
  const run = { seen: new Set<string>(), touched: new DigestSet(MAX_REMEMBERED), missingChunks: 0, dataBytes: 0n }
  const damagedIndexes: string[] = []
  for (let pass = 0; ; pass++) {
    if (pass === MAX_PASSES) throw new HoldfastError('repository/locked', { detail: 'Snapshots keep changing.' })
    const found = (await listIndexFiles(store.path, signal)).filter((file) => !run.seen.has(file))
    for (const file of found) {
      signal.throwIfAborted()
      const index = await readIndex(file)
      if (index === 'vanished') continue // so there is another pass
      if (index === 'damaged') damagedIndexes.push(path.relative(store.path, file))
      else {
        run.dataBytes += index.sizeBytes
        run.missingChunks += await markIndex(store, index, { touched: run.touched, atMs: options.atMs, signal })
      }
      run.seen.add(file)
      options.onProgress(run.seen.size, Math.max(found.length, run.seen.size))
    }
    if (found.length === 0) break
  }
  return {
    indexFiles: run.seen.size,
    indexDataBytes: run.dataBytes,
    missingChunks: run.missingChunks,
    damagedIndexes,
  }
}

/** Returns how many of its chunks are not there. */
async function markIndex(
  store: Datastore,
  index: ChunkIndex,
  { touched, atMs, signal }: { touched: DigestSet; atMs: number; signal: AbortSignal },
): Promise<number> {
  // Access times are compared with whole milliseconds; one that was rounded down would seem older than the run.
  const markMs = Math.ceil(atMs / 1000) * 1000
  let missing = 0
  await forEachBounded(unmarked(index, touched, signal), TOUCHES_AT_ONCE, async (digest) => {
    if (await store.chunks.touch(digest, markMs)) return
    missing++
    await touchBadCopies(chunkPath(store.path, digest), markMs)
  })
  return missing
}

/** The digests that were not touched lately; lets other work of the thread come between. */
async function* unmarked(index: ChunkIndex, touched: DigestSet, signal: AbortSignal): AsyncGenerator<Digest> {
  for (let position = 0; position < index.count; position++) {
    if (position % DIGESTS_A_SLICE === 0) {
      await nextTick()
      signal.throwIfAborted()
    }
    const digest = index.digestAt(position)
    if (touched.add(digest)) yield digest
  }
}

/** They live as long as nothing better is there and something refers to them. */
async function touchBadCopies(file: string, atMs: number): Promise<void> {
  for (let copy = 0; copy < BAD_COPIES; copy++) {
    const bad = `${file}.${copy}.bad`
    try {
      const { mtimeMs } = await stat(bad)
      await utimes(bad, atMs / 1000, mtimeMs / 1000)
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
}

async function readIndex(file: string): Promise<ChunkIndex | 'vanished' | 'damaged'> {
  try {
    return parseIndex(file, await readFile(file))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'vanished'
    if (error instanceof HoldfastError && error.code === 'index/corrupt') return 'damaged'
    if (errorCode(error) === 'EIO' || errorCode(error) === 'ERR_FS_FILE_TOO_LARGE') return 'damaged'
    throw error
  }
}

/**
 * The whole tree but hidden names, also folders whose names PBS would not list: an index there still counts. And what is
 * about to replace a snapshot, or was replaced just now.
 */
async function listIndexFiles(root: string, signal: AbortSignal): Promise<readonly string[]> {
  const files: string[] = []
  const pending = [root, path.join(root, REPLACING_FOLDER)].map((folder) => ({ folder, depth: 0 }))
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    signal.throwIfAborted()
    for (const entry of await readFolder(next.folder)) {
      if (entry.name.startsWith('.')) continue
      const full = path.join(next.folder, entry.name)
      if (entry.isDirectory() && next.depth < MAX_DEPTH) pending.push({ folder: full, depth: next.depth + 1 })
      else if (entry.isFile() && /\.[df]idx$/.test(entry.name)) files.push(full)
    }
  }
  return files
}

async function readFolder(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}
