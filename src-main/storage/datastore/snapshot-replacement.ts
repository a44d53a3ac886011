import { copyFile, link, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { exchangeFolders } from '../../os/exchange-folders.ts'
import { errorCode } from '../../os/system-error.ts'
import { changeDisk } from './disk-error.ts'
import { replaceFile, syncFile, syncFolder, syncFolders } from './durable-file.ts'
import type { FileLock } from './file-lock.ts'
import { readOwner } from './group-dir.ts'
import { CLIENT_LOG_NAME, formatSnapshotRef, PROTECTED_NAME, snapshotFolder } from './layout.ts'
import { createPendingFile } from './pending-file.ts'
import { placesOfReplacement, recoverReplacements, removeReplacement, TARGET_NAME } from './recover-replacements.ts'
import type { SnapshotDraft } from './snapshot-draft.ts'
import { inspectSnapshot } from './snapshot-list.ts'
import { namesOf, type SnapshotStore } from './snapshot-store.ts'

/**
 * A finished snapshot on its way to be replaced by another form of itself, with the same name and time. It is written
 * beside all others, where nobody lists it, and changes places with the old one at the end: a crash at any moment leaves
 * one of the two, whole and listed, at the latest when the store is opened again (see recover-replacements.ts).
 */
export interface SnapshotReplacement {
  /** What a writer writes to. Its `commit` is not the end: the new form is complete then, but still hidden. */
  readonly draft: SnapshotDraft
  readonly isProtected: boolean
  /** Takes a file of the old form over as it is. */
  keepFile(filename: string): Promise<void>
  /** A file of the new form, for reading back. */
  readFile(filename: string): Promise<Uint8Array>
  /**
   * Puts the new form into its place; what is not in the manifest (a log, the protection) comes along. `merge` makes the
   * manifest of it and of the old one as it is now, since notes may have changed meanwhile. Releases the locks.
   */
  swap(merge: (old: Uint8Array, fresh: Uint8Array) => Uint8Array): Promise<void>
}

export interface ReplacementOptions {
  /** Unix milliseconds; garbage collection spares what was used since then. */
  readonly now: () => number
  /** Otherwise a protected one is refused. */
  readonly canBeProtected: boolean
  /** Of this system; a test may take it away. */
  readonly disk?: ReplacementDisk | undefined
}

export interface ReplacementDisk {
  /** See exchange-folders.ts. */
  exchange(one: string, other: string): boolean
  rename(from: string, to: string): Promise<void>
}

const systemDisk: ReplacementDisk = { exchange: exchangeFolders, rename }

/** Throws `snapshot/unknown`, `snapshot/protected`, and `repository/locked` while anybody reads, writes or builds on it. */
export async function startReplacement(
  store: SnapshotStore,
  ref: SnapshotRef,
  { now, canBeProtected, disk = systemDisk }: ReplacementOptions,
): Promise<SnapshotReplacement> {
  const locks: FileLock[] = []
  const release = async () => {
    for (const lock of locks.splice(0).reverse()) await lock.release()
  }
  try {
    await recoverReplacements(store)
    locks.push(await store.locks.lockStore('shared'))
    locks.push(await store.locks.registerBackup(now()))
    locks.push(await store.locks.lockGroup(ref))
    locks.push(await store.locks.lockSnapshot(ref, 'exclusive'))
    const listing = await inspectSnapshot(store, ref)
    if (listing?.isFinished !== true) throw new HoldfastError('snapshot/unknown', { detail: formatSnapshotRef(ref) })
    if (listing.isProtected && !canBeProtected)
      throw new HoldfastError('snapshot/protected', { detail: formatSnapshotRef(ref) })
    const { folder, fresh } = placesOfReplacement(store, ref)
    await removeReplacement(folder) // of somebody who died before it was told where it belongs
    await changeDisk(folder, () => mkdir(fresh, { recursive: true, mode: 0o755 }))
    const target = new TextEncoder().encode(JSON.stringify(ref))
    await replaceFile(path.join(folder, TARGET_NAME), target, { mode: 0o644, isDurable: true })
    await syncFolders(store.path, folder)
    const owner = (await readOwner(store, ref)) ?? ''
    return createReplacement(store, { ref, owner, isProtected: listing.isProtected, release, disk })
  } catch (error) {
    await release()
    throw error
  }
}

interface ReplacementParts extends Pick<SnapshotDraft, 'ref' | 'owner'>, Pick<SnapshotReplacement, 'isProtected'> {
  readonly disk: ReplacementDisk
  release(): Promise<void>
}

function createReplacement(
  store: SnapshotStore,
  { ref, owner, isProtected, release, disk }: ReplacementParts,
): SnapshotReplacement {
  const names = namesOf(store)
  const { folder, fresh, old } = placesOfReplacement(store, ref)
  const target = snapshotFolder(store.path, ref)
  let state: 'writing' | 'complete' | 'over' = 'writing'
  const check = (wanted: typeof state) => {
    if (state !== wanted) throw new Error(`the replacement is ${state}, not ${wanted}`)
  }
  const placeOf = (filename: string) => {
    if (!names.isFile(filename)) throw new HoldfastError('input/invalid', { detail: filename.slice(0, 100) })
    return path.join(fresh, filename)
  }
  return {
    draft: {
      ref,
      base: ref,
      owner,
      async createFile(filename) {
        check('writing')
        const isIndex = names.isIndex(filename)
        return await createPendingFile(placeOf(filename), async () => {
          if (isIndex) await store.chunks.sync()
        })
      },
      async writeFile(filename, content) {
        check('writing')
        if (names.isIndex(filename)) await store.chunks.sync()
        await replaceFile(placeOf(filename), content, { mode: 0o644, isDurable: true })
      },
      async commit(manifest) {
        check('writing')
        await syncFolder(fresh)
        await replaceFile(path.join(fresh, names.manifest), manifest, { mode: 0o644, isDurable: true })
        state = 'complete'
      },
      async discard() {
        if (state === 'over') return
        state = 'over'
        try {
          await removeReplacement(folder)
        } finally {
          await release()
        }
      },
    },
    isProtected,
    async keepFile(filename) {
      check('writing')
      await linkOrCopy(path.join(target, filename), placeOf(filename))
    },
    readFile: (filename) => readFile(placeOf(filename)),
    async swap(merge) {
      check('complete')
      const lock = await store.locks.lockManifest(ref)
      try {
        const manifest = path.join(fresh, names.manifest)
        const merged = merge(await readFile(path.join(target, names.manifest)), await readFile(manifest))
        await replaceFile(manifest, merged, { mode: 0o644, isDurable: true })
        await keepTheRest(target, fresh)
        await syncFolder(fresh)
        state = 'over' // from here on it is for the recovery to put right what fails
        await changeDisk(target, () => changePlaces({ target, fresh, old }, disk))
        await syncFolder(path.dirname(target))
        await syncFolder(folder)
        // The new form is in its place: what cannot be removed now is removed when the store is opened again.
        await removeReplacement(folder).catch(() => undefined)
      } finally {
        await lock.release()
        if (state === 'over') await release()
      }
    },
  }
}

interface Places {
  readonly target: string
  readonly fresh: string
  readonly old: string
}

/** At once where the system can; else one after the other, and the recovery knows what lies between. */
async function changePlaces({ target, fresh, old }: Places, disk: ReplacementDisk): Promise<void> {
  if (disk.exchange(target, fresh)) return
  await disk.rename(target, old)
  try {
    await disk.rename(fresh, target)
  } catch (error) {
    await disk.rename(old, target)
    throw error
  }
}

/** What is no part of the manifest: the log that came after it, and the protection. */
async function keepTheRest(target: string, fresh: string): Promise<void> {
  const there = await readdir(target)
  for (const name of [CLIENT_LOG_NAME, PROTECTED_NAME]) {
    if (there.includes(name)) await linkOrCopy(path.join(target, name), path.join(fresh, name))
  }
}

/** Nothing changes a file of a snapshot in its place, so that two forms of it may share one. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await changeDisk(to, async () => {
    try {
      await link(from, to)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') throw error
      await rm(to, { force: true })
      await copyFile(from, to)
      await syncFile(to)
    }
  })
}
