import type { Stats } from 'node:fs'
import { readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from '../../os/system-error.ts'
import { changeDisk } from './disk-error.ts'
import { forEachBounded } from './for-each-bounded.ts'
import { CHUNKS_FOLDER, isTemporaryName, parseChunkName } from './layout.ts'

export interface SweepResult {
  readonly diskBytes: number
  readonly diskChunks: number
  readonly removedBytes: number
  readonly removedChunks: number
  readonly pendingBytes: number
  readonly pendingChunks: number
  readonly removedBad: number
  readonly stillBad: number
}

export interface SweepOptions {
  /** Unix milliseconds: last used before it → removed. */
  readonly threshold: number
  /** Unix milliseconds: last used before it, but not before `threshold` → pending. */
  readonly oldest: number
  onProgress(done: number, total: number): void
}

const CHUNK_FOLDERS = 0x1_0000
const FOLDERS_AT_ONCE = 4
const REPORT_EVERY = 256
/** A chunk on its way out: `<digest>.tmp_gc`. Only one collection runs at a time, so the name is free. */
const CONDEMNED = '.tmp_gc'

type Totals = { -readonly [Key in keyof SweepResult]: SweepResult[Key] }

/** Removes every chunk that was not used since `threshold` (spec pbs §8.6, phase 2). */
export async function sweepChunks(root: string, options: SweepOptions, signal: AbortSignal): Promise<SweepResult> {
  const totals: Totals = {
    diskBytes: 0,
    diskChunks: 0,
    removedBytes: 0,
    removedChunks: 0,
    pendingBytes: 0,
    pendingChunks: 0,
    removedBad: 0,
    stillBad: 0,
  }
  let done = 0
  await forEachBounded(prefixes(), FOLDERS_AT_ONCE, async (prefix) => {
    signal.throwIfAborted()
    const folder = path.join(root, CHUNKS_FOLDER, prefix)
    for (const name of await listChunkFolder(folder)) await sweepFile(path.join(folder, name), options, totals)
    if (++done % REPORT_EVERY === 0) options.onProgress(done, CHUNK_FOLDERS)
  })
  return totals
}

function* prefixes(): Generator<string> {
  for (let prefix = 0; prefix < CHUNK_FOLDERS; prefix++) yield prefix.toString(16).padStart(4, '0')
}

/** File names; what an earlier collection condemned and did not finish is back among the chunks. */
async function listChunkFolder(folder: string): Promise<readonly string[]> {
  const names = await readFolder(folder)
  const condemned = names.filter((name) => name.endsWith(CONDEMNED))
  if (condemned.length === 0) return names
  for (const name of condemned) {
    const file = path.join(folder, name)
    const chunk = file.slice(0, -CONDEMNED.length)
    if ((await statIfThere(chunk)) === undefined) await changeDisk(file, () => rename(file, chunk))
    else await changeDisk(file, () => rm(file, { force: true }))
  }
  return await readFolder(folder)
}

async function sweepFile(file: string, { threshold, oldest }: SweepOptions, totals: Totals): Promise<void> {
  const chunk = parseChunkName(path.basename(file))
  if (chunk === undefined) return await sweepLeftover(file, threshold)
  const found = await statIfThere(file)
  if (found === undefined) return
  const isRemoved = found.atimeMs < threshold && (await removeUnlessUsed(file, threshold))
  if (isRemoved) {
    if (chunk.isBad) totals.removedBad++
    else totals.removedChunks++
    totals.removedBytes += found.size
    return
  }
  if (chunk.isBad) {
    totals.stillBad++
  } else if (found.atimeMs < oldest) {
    totals.pendingChunks++
    totals.pendingBytes += found.size
  }
  totals.diskBytes += found.size
  if (!chunk.isBad) totals.diskChunks++
}

/**
 * A backup in another process may refresh the chunk between our look and its removal, and count on it. So the chunk
 * first loses its name: who comes later stores it anew, who came before is seen in the access time, and the name
 * comes back.
 */
async function removeUnlessUsed(file: string, threshold: number): Promise<boolean> {
  const condemned = file + CONDEMNED
  return await changeDisk(file, async () => {
    try {
      await rename(file, condemned)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return true
      throw error
    }
    if ((await stat(condemned)).atimeMs >= threshold) {
      await rename(condemned, file)
      return false
    }
    await unlink(condemned)
    return true
  })
}

/** A chunk whose writer died halfway; a living writer needs seconds, not a day. */
async function sweepLeftover(file: string, threshold: number): Promise<void> {
  if (!isTemporaryName(path.basename(file))) return
  const found = await statIfThere(file)
  if (found !== undefined && found.mtimeMs < threshold) await changeDisk(file, () => rm(file, { force: true }))
}

async function readFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}

async function statIfThere(file: string): Promise<Stats | undefined> {
  try {
    return await stat(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
