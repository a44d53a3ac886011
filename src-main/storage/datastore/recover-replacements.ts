import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type SnapshotRef, snapshotRef } from '../../../src-shared/model/snapshot.ts'
import { listNames } from '../../os/list-names.ts'
import { errorCode } from '../../os/system-error.ts'
import { changeDisk, changeWhereWritable } from './disk-error.ts'
import { syncFolder } from './durable-file.ts'
import { snapshotFolder } from './layout.ts'
import { namesOf, type SnapshotStore } from './snapshot-store.ts'

/**
 * Where snapshots are written that are to replace themselves:
 *
 *     .replacing/<hash of the snapshot>/target   which snapshot it is
 *     .replacing/<hash of the snapshot>/new/     its new form; the old one once they have changed places
 *     .replacing/<hash of the snapshot>/old/     the old form, where two renames are needed, and between them
 *
 * A name with a dot is listed neither by PBS nor by us; garbage collection looks into it.
 */
export const REPLACING_FOLDER = '.replacing'
export const TARGET_NAME = 'target'

type ReplacedStore = Pick<SnapshotStore, 'path' | 'locks' | 'names'>

export function placesOfReplacement(store: Pick<SnapshotStore, 'path'>, ref: SnapshotRef) {
  const place = path.relative(store.path, snapshotFolder(store.path, ref))
  const name = createHash('sha256').update(place).digest('hex').slice(0, 40)
  const folder = path.join(store.path, REPLACING_FOLDER, name)
  return { folder, fresh: path.join(folder, 'new'), old: path.join(folder, 'old') }
}

/**
 * Puts right what a crash left: a snapshot whose place is empty gets it back, and what is not needed goes. What somebody
 * works on just now stays. Harmless at any time; a disk that cannot be written to is left as it is.
 */
export async function recoverReplacements(store: ReplacedStore): Promise<void> {
  for (const name of await listNames(path.join(store.path, REPLACING_FOLDER))) {
    await changeWhereWritable(() => changeDisk(store.path, () => recover(store, name)))
  }
}

/** The target last: while it is there, the rest can be put right. */
export async function removeReplacement(folder: string): Promise<void> {
  await changeDisk(folder, async () => {
    for (const name of ['new', 'old', TARGET_NAME]) await rm(path.join(folder, name), { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
  })
}

async function recover(store: ReplacedStore, name: string): Promise<void> {
  const folder = path.join(store.path, REPLACING_FOLDER, name)
  const ref = await readTarget(folder)
  // It begins with the target and ends with its removal: without one nothing has changed places, or all is done.
  if (ref === undefined || placesOfReplacement(store, ref).folder !== folder) {
    if (!(await isThere(path.join(folder, 'old')))) await removeStale(folder)
    return
  }
  const lock = await store.locks.tryLockSnapshot(ref, 'exclusive')
  if (lock === undefined) return
  try {
    const target = snapshotFolder(store.path, ref)
    const { fresh, old } = placesOfReplacement(store, ref)
    if (!(await isThere(target)) && (await isThere(old))) {
      const isComplete = await isThere(path.join(fresh, namesOf(store).manifest))
      await mkdir(path.dirname(target), { recursive: true })
      await rename(isComplete ? fresh : old, target)
      await syncFolder(path.dirname(target))
    }
    await removeReplacement(folder)
  } finally {
    await lock.release()
  }
}

/** Somebody may be about to say where it belongs. */
const STALE_MS = 60 * 60_000

async function removeStale(folder: string): Promise<void> {
  try {
    if (Date.now() - (await stat(folder)).mtimeMs > STALE_MS) await removeReplacement(folder)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

async function readTarget(folder: string): Promise<SnapshotRef | undefined> {
  try {
    return snapshotRef.parse(JSON.parse(await readFile(path.join(folder, TARGET_NAME), 'utf8')))
  } catch (error) {
    const code = errorCode(error)
    if (code === undefined || code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

async function isThere(place: string): Promise<boolean> {
  try {
    await stat(place)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false
    throw error
  }
}
