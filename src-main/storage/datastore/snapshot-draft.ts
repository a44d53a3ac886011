import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { errorCode } from '../../os/system-error.ts'
import { changeDisk } from './disk-error.ts'
import { replaceFile, syncFolder, syncFolders } from './durable-file.ts'
import type { FileLock } from './file-lock.ts'
import { ensureGroup, removeEmptyGroup } from './group-dir.ts'
import { archivePath, formatSnapshotRef, snapshotFolder } from './layout.ts'
import { createPendingFile, type PendingFile } from './pending-file.ts'
import { removeSnapshotFiles } from './snapshot-dir.ts'
import { inspectSnapshot, listSnapshotTimes, newestFinished } from './snapshot-list.ts'
import { namesOf, type SnapshotStore } from './snapshot-store.ts'

/** A snapshot while it is being written: nobody lists it as finished before `commit`. */
export interface SnapshotDraft {
  readonly ref: SnapshotRef
  /** The newest finished snapshot of the group: it cannot be removed while the draft lives. */
  readonly base: SnapshotRef | undefined
  /** Who owns the group; for a new group, who asked. Whether the caller may write to it is for the caller to decide. */
  readonly owner: string
  /** A file written piece by piece. Its `commit` makes chunks durable first when it is an index. */
  createFile(filename: string): Promise<PendingFile>
  writeFile(filename: string, content: Uint8Array): Promise<void>
  /** The manifest, durable and last. Releases the locks; nothing can be written any more. */
  commit(manifest: Uint8Array): Promise<void>
  /** Removes everything but the chunks and releases the locks. Harmless after `commit`, and may be called twice. */
  discard(): Promise<void>
}

export interface DraftOptions {
  /** Auth id that a new group gets. */
  readonly owner: string
  /** Unix milliseconds; garbage collection spares what was used since then. */
  readonly now: () => number
}

/**
 * Starts a snapshot (spec pbs §1.6, steps 4 to 11): locks the group and the base, clears away what a crash left, makes
 * the folder. Throws `repository/locked`, `path/not-found` for the namespace, `snapshot/exists`, and `input/invalid`
 * when the group has a newer snapshot.
 */
export async function startSnapshot(
  store: SnapshotStore,
  ref: SnapshotRef,
  { owner, now }: DraftOptions,
): Promise<SnapshotDraft> {
  const folder = snapshotFolder(store.path, ref)
  const locks: FileLock[] = []
  const release = async () => {
    for (const lock of locks.splice(0).reverse()) await lock.release()
  }
  try {
    locks.push(await store.locks.lockStore('shared'))
    locks.push(await store.locks.registerBackup(now()))
    locks.push(await store.locks.lockGroup(ref))
    const groupOwner = await ensureGroup(store, ref, owner)
    await removeUnfinished(store, ref)
    const base = await newestFinished(store, ref)
    if (base !== undefined) {
      checkOrder(ref, base.ref)
      locks.push(await store.locks.lockSnapshot(base.ref, 'shared'))
    }
    locks.push(await store.locks.lockSnapshot(ref, 'exclusive'))
    await makeNewFolder(folder, ref)
    await syncFolders(store.path, folder)
    return createDraft(store, { ref, base: base?.ref, owner: groupOwner, folder, release })
  } catch (error) {
    await release()
    throw error
  }
}

interface DraftParts extends Pick<SnapshotDraft, 'ref' | 'base' | 'owner'> {
  readonly folder: string
  release(): Promise<void>
}

function createDraft(store: SnapshotStore, { ref, base, owner, folder, release }: DraftParts): SnapshotDraft {
  const names = namesOf(store)
  let isOpen = true
  const check = () => {
    if (!isOpen) throw new HoldfastError('snapshot/unknown', { detail: `${formatSnapshotRef(ref)} is closed.` })
  }
  return {
    ref,
    base,
    owner,
    async createFile(filename) {
      check()
      const isIndex = names.isIndex(filename)
      return await createPendingFile(archivePath(store.path, ref, filename, names.isFile), async () => {
        check()
        if (isIndex) await store.chunks.sync()
      })
    },
    async writeFile(filename, content) {
      check()
      if (names.isIndex(filename)) await store.chunks.sync()
      await replaceFile(archivePath(store.path, ref, filename, names.isFile), content, { mode: 0o644, isDurable: true })
    },
    async commit(manifest) {
      check()
      // Names of indexes before the name of the manifest: the order of two renames in one folder is not promised.
      await syncFolder(folder)
      await replaceFile(path.join(folder, names.manifest), manifest, { mode: 0o644, isDurable: true })
      await syncFolder(folder)
      isOpen = false
      await release()
    },
    async discard() {
      if (!isOpen) return
      isOpen = false
      try {
        await removeSnapshotFiles(store, ref)
        await removeEmptyGroup(store, ref)
      } finally {
        await release()
      }
    },
  }
}

/** Drafts whose process died. One whose lock is held is being read, or removed, by someone else. */
async function removeUnfinished(store: SnapshotStore, group: SnapshotRef): Promise<void> {
  for (const time of await listSnapshotTimes(store, group)) {
    const left = { ...group, time }
    if ((await inspectSnapshot(store, left))?.isFinished !== false) continue
    const lock = await store.locks.tryLockSnapshot(left, 'exclusive')
    if (lock === undefined) continue
    try {
      if ((await inspectSnapshot(store, left))?.isFinished === false) await removeSnapshotFiles(store, left)
    } finally {
      await lock.release()
    }
  }
}

/** Snapshots of a group come one after the other. Throws `snapshot/exists`, `input/invalid`. */
export function checkOrder(ref: SnapshotRef, base: SnapshotRef): void {
  if (ref.time === base.time) throw new HoldfastError('snapshot/exists', { detail: formatSnapshotRef(ref) })
  if (ref.time < base.time) {
    throw new HoldfastError('input/invalid', {
      detail: `${formatSnapshotRef(ref)} would be older than ${formatSnapshotRef(base)}.`,
      hint: 'Check the clock of this computer.',
    })
  }
}

async function makeNewFolder(folder: string, ref: SnapshotRef): Promise<void> {
  try {
    await changeDisk(folder, () => mkdir(folder, { mode: 0o755 }))
  } catch (error) {
    if (errorCode(error) === 'EEXIST')
      throw new HoldfastError('snapshot/exists', { detail: formatSnapshotRef(ref), cause: error })
    throw error
  }
}
