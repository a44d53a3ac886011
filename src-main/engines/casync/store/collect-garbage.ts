import type { Stats } from 'node:fs'
import { link, lstat, rename, rm, unlink } from 'node:fs/promises'
import { errorCode } from '../../../os/system-error.ts'
import type { ChunkRef } from '../../../storage/chunk-index.ts'
import { changeDisk } from '../../../storage/datastore/disk-error.ts'
import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import { KeptChunks } from './kept-chunks.ts'
import { condemnedChunkSuffix } from './layout.ts'
import type { LocalStore, StoredFile } from './local-store.ts'

export interface GarbageOptions {
  /** Unix milliseconds. */
  readonly now: () => number
  /** What is younger stays: a backup that runs may count on it and have no index yet. A day unless told otherwise. */
  readonly graceMs?: number | undefined
  /** Only counts. */
  readonly isDryRun?: boolean | undefined
  /** Called every few hundred files. */
  readonly onProgress?: ((progress: { readonly seenFiles: number }) => void) | undefined
}

export interface GarbageReport {
  readonly indexes: number
  readonly keptChunks: number
  readonly keptBytes: number
  readonly removedChunks: number
  readonly removedBytes: number
  /** Nothing refers to them, but they are too young to go. */
  readonly pendingChunks: number
  readonly pendingBytes: number
  /** Left behind by writers that died, and what was set aside as damaged. */
  readonly removedLeftovers: number
}

const defaultGraceMs = 24 * 60 * 60_000
const filesAtOnce = 8
const reportEvery = 512

type Totals = { -readonly [Key in keyof GarbageReport]: GarbageReport[Key] }

/**
 * Removes the chunks that none of `indexes` names and that nobody wrote or counted on lately (spec casync §7). Other than
 * `casync gc` it looks only into folders of chunks, takes all forms of a chunk, and may run beside a backup of Holdfast;
 * the real casync does not say that it counts on a chunk that is there. An index that cannot be read must throw: then
 * nothing at all is removed.
 */
export async function collectGarbage(
  store: LocalStore,
  indexes: AsyncIterable<Iterable<ChunkRef>>,
  options: GarbageOptions,
  signal: AbortSignal,
): Promise<GarbageReport> {
  const { now, graceMs = defaultGraceMs, onProgress } = options
  const threshold = now() - graceMs
  const totals: Totals = {
    indexes: 0,
    keptChunks: 0,
    keptBytes: 0,
    removedChunks: 0,
    removedBytes: 0,
    pendingChunks: 0,
    pendingBytes: 0,
    removedLeftovers: 0,
  }
  const kept = new KeptChunks()
  for await (const index of indexes) {
    signal.throwIfAborted()
    totals.indexes++
    for (const { digest } of index) kept.add(digest)
  }
  const sweep = { kept, threshold, totals, isDryRun: options.isDryRun ?? false }
  let seenFiles = 0
  await forEachBounded(store.files(signal), filesAtOnce, async (stored) => {
    await sweepFile(stored, sweep)
    if (++seenFiles % reportEvery === 0) onProgress?.({ seenFiles })
  })
  return totals
}

interface Sweep {
  readonly kept: KeptChunks
  /** Unix milliseconds. */
  readonly threshold: number
  readonly totals: Totals
  readonly isDryRun: boolean
}

async function sweepFile({ path, file }: StoredFile, sweep: Sweep): Promise<void> {
  if (file.kind === 'foreign') return
  // An earlier run was ended halfway: the chunk is back, and its turn comes with the next run.
  if (file.kind === 'condemned') return await restore(path)
  const found = await statIfThere(path)
  if (found === undefined) return
  const { kept, threshold, totals, isDryRun } = sweep
  const isOld = found.mtimeMs < threshold
  if (file.kind !== 'chunk') {
    if (!isOld || !found.isFile()) return
    if (!isDryRun) await changeDisk(path, () => rm(path, { force: true }))
    totals.removedLeftovers++
    return
  }
  if (kept.has(file.id)) {
    totals.keptChunks++
    totals.keptBytes += found.size
  } else if (isOld && (isDryRun || (await removeUnlessUsed(path, threshold)))) {
    totals.removedChunks++
    totals.removedBytes += found.size
  } else {
    totals.pendingChunks++
    totals.pendingBytes += found.size
  }
}

/**
 * A backup in another process may refresh the chunk between our look and its removal. So it first loses its name: who
 * comes later stores it anew, and who came before is seen in its time, whereupon the name comes back.
 */
async function removeUnlessUsed(path: string, threshold: number): Promise<boolean> {
  const condemned = path + condemnedChunkSuffix
  return await changeDisk(path, async () => {
    try {
      await rename(path, condemned)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return true
      throw error
    }
    const found = await lstat(condemned)
    // What is no file is none of ours to remove, and no chunk either.
    if (found.isFile() && found.mtimeMs < threshold) {
      await unlink(condemned)
      return true
    }
    await restore(condemned)
    return false
  })
}

/** Gives the name back, unless the chunk was stored anew meanwhile. */
async function restore(condemned: string): Promise<void> {
  const path = condemned.slice(0, -condemnedChunkSuffix.length)
  await changeDisk(path, async () => {
    try {
      await link(condemned, path)
      await unlink(condemned)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return
      if (errorCode(error) === 'EEXIST') await rm(condemned, { force: true })
      else await rename(condemned, path) // no links here, or it is none that may have one
    }
  })
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
