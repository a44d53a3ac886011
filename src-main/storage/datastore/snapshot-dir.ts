import { open, readdir, rm, rmdir, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { errorCode } from '../../os/system-error.ts'
import { changeDisk } from './disk-error.ts'
import { replaceFile, syncFolder } from './durable-file.ts'
import { removeEmptyGroup } from './group-dir.ts'
import { archivePath, formatSnapshotRef, PROTECTED_NAME, snapshotFolder } from './layout.ts'
import { inspectSnapshot } from './snapshot-list.ts'
import { namesOf, type SnapshotStore } from './snapshot-store.ts'

/** What can be done to a snapshot that is there (spec pbs §4.6): read its files, change its notes, protect, forget. */

/** What one read can hold; as a dynamic index 53 million chunks, 200 TiB of usual ones. */
const MAX_FILE_BYTES = 2 ** 31 - 1
const MAX_MANIFEST_BYTES = 128 << 20

export interface ReadOptions {
  /** Larger files are refused with `manifest/corrupt` or `index/corrupt`. */
  readonly maxBytes?: number | undefined
}

/** A whole file of a snapshot. Throws `snapshot/unknown` when there is no such snapshot, `path/not-found` for the file. */
export async function readSnapshotFile(
  store: SnapshotStore,
  ref: SnapshotRef,
  filename: string,
  { maxBytes = filename === namesOf(store).manifest ? MAX_MANIFEST_BYTES : MAX_FILE_BYTES }: ReadOptions = {},
): Promise<Uint8Array> {
  const names = namesOf(store)
  const file = archivePath(store.path, ref, filename, names.isFile)
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      if (size > maxBytes)
        throw new HoldfastError(damageOf(filename, names.manifest), { detail: `${filename} has ${size} bytes.` })
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    if (filename === names.manifest || (await inspectSnapshot(store, ref)) === undefined) throw unknown(ref, error)
    throw new HoldfastError('path/not-found', { detail: `${formatSnapshotRef(ref)}/${filename}`, cause: error })
  }
}

/** Length of a file of a snapshot; undefined when there is none. */
export async function sizeSnapshotFile(store: SnapshotStore, ref: SnapshotRef, filename: string) {
  try {
    return (await stat(archivePath(store.path, ref, filename, namesOf(store).isFile))).size
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Adds or replaces a blob of a finished snapshot, such as `client.log.blob`, which comes after `commit` (§4.7). */
export async function addSnapshotFile(
  store: SnapshotStore,
  ref: SnapshotRef,
  filename: string,
  content: Uint8Array,
): Promise<void> {
  const names = namesOf(store)
  if (filename === names.manifest) throw new HoldfastError('input/invalid', { detail: 'The manifest is not a log.' })
  const lock = await store.locks.lockSnapshot(ref, 'shared')
  try {
    if ((await inspectSnapshot(store, ref))?.isFinished !== true) throw unknown(ref)
    await replaceFile(archivePath(store.path, ref, filename, names.isFile), content, { mode: 0o644, isDurable: true })
    await syncFolder(snapshotFolder(store.path, ref))
  } finally {
    await lock.release()
  }
}

/**
 * Changes the manifest in place: `change` gets the blob and returns the new one, or undefined to leave it. For what the
 * signature does not cover (notes, verify state, §4.5); one change at a time. Throws `snapshot/unknown`.
 */
export async function updateManifest(
  store: SnapshotStore,
  ref: SnapshotRef,
  change: (manifest: Uint8Array) => Uint8Array | undefined,
): Promise<void> {
  const lock = await store.locks.lockManifest(ref)
  try {
    const { manifest } = namesOf(store)
    const changed = change(await readSnapshotFile(store, ref, manifest))
    if (changed === undefined) return
    const folder = snapshotFolder(store.path, ref)
    // `forgetSnapshot` removes the manifest under the same lock, so a forgotten one is not written anew.
    await replaceFile(path.join(folder, manifest), changed, { mode: 0o644, isDurable: true })
    await syncFolder(folder)
  } finally {
    await lock.release()
  }
}

/** Throws `snapshot/unknown`, and `repository/locked` while it is being written or removed. */
export async function setProtected(store: SnapshotStore, ref: SnapshotRef, isProtected: boolean): Promise<void> {
  const lock = await store.locks.lockSnapshot(ref, 'shared')
  try {
    if ((await inspectSnapshot(store, ref))?.isFinished !== true) throw unknown(ref)
    const folder = snapshotFolder(store.path, ref)
    const flag = path.join(folder, PROTECTED_NAME)
    if (isProtected) await replaceFile(flag, new Uint8Array(), { mode: 0o644, isDurable: true })
    else await changeDisk(flag, () => rm(flag, { force: true }))
    await syncFolder(folder)
  } finally {
    await lock.release()
  }
}

/**
 * Removes a snapshot, finished or left by a crash, and its group with the last one. Chunks stay until garbage
 * collection. Throws `snapshot/unknown`, `snapshot/protected`, and `repository/locked` while someone writes or reads it
 * or builds on it.
 */
export async function forgetSnapshot(store: SnapshotStore, ref: SnapshotRef): Promise<void> {
  const lock = await store.locks.lockSnapshot(ref, 'exclusive')
  try {
    const listing = await inspectSnapshot(store, ref)
    if (listing === undefined) throw unknown(ref)
    if (listing.isProtected) throw new HoldfastError('snapshot/protected', { detail: formatSnapshotRef(ref) })
    const manifestLock = await store.locks.lockManifest(ref)
    try {
      await removeSnapshotFiles(store, ref)
    } finally {
      await manifestLock.release()
    }
  } finally {
    await lock.release()
  }
  await tidyGroup(store, ref)
}

/**
 * Removes the folder of a snapshot: the manifest first and for good, so that after a crash there is either the whole
 * snapshot or one that is not finished and gets cleared away. The caller holds the snapshot's exclusive lock.
 */
export async function removeSnapshotFiles(store: SnapshotStore, ref: SnapshotRef): Promise<void> {
  const folder = snapshotFolder(store.path, ref)
  await changeDisk(folder, async () => {
    await rm(path.join(folder, namesOf(store).manifest), { force: true })
    await syncFolder(folder)
    // Only files belong here, so nothing is removed recursively.
    for (const name of await readdir(folder)) await unlink(path.join(folder, name))
    await rmdir(folder)
    await syncFolder(path.dirname(folder))
  })
}

/** A backup that holds the group's lock just now will use the group; then it stays. */
async function tidyGroup(store: SnapshotStore, ref: SnapshotRef): Promise<void> {
  let lock: Awaited<ReturnType<typeof store.locks.lockGroup>>
  try {
    lock = await store.locks.lockGroup(ref)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'repository/locked') return
    throw error
  }
  try {
    await removeEmptyGroup(store, ref)
  } finally {
    await lock.release()
  }
}

function unknown(ref: SnapshotRef, cause?: unknown): HoldfastError {
  return new HoldfastError('snapshot/unknown', { detail: formatSnapshotRef(ref), cause })
}

function damageOf(filename: string, manifest: string): 'manifest/corrupt' | 'index/corrupt' | 'blob/corrupt' {
  if (filename === manifest) return 'manifest/corrupt'
  return filename.endsWith('.blob') ? 'blob/corrupt' : 'index/corrupt'
}
