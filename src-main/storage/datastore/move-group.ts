import { mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { changeDisk } from './disk-error.ts'
import { syncFolder } from './durable-file.ts'
import type { FileLock } from './file-lock.ts'
import {
  checkNamespace,
  ensureGroup,
  readGroupNotes,
  readOwner,
  removeEmptyGroup,
  writeGroupNotes,
} from './group-dir.ts'
import { formatSnapshotRef, type GroupRef, groupFolder, snapshotFolder } from './layout.ts'
import { listSnapshots, listSnapshotTimes } from './snapshot-list.ts'
import type { SnapshotStore } from './snapshot-store.ts'

export interface MoveOptions {
  /** Whether snapshots may join those of a group that is there already. */
  readonly canMerge: boolean
  readonly moved?: ((ref: SnapshotRef) => void) | undefined
  /** It stays where it was. */
  readonly kept?: ((ref: SnapshotRef, reason: string) => void) | undefined
}

/** Whose a group is that has lost its owner: nobody's, so that only who may do everything gets it. */
const NOBODY = 'root@pam'

/**
 * Moves the snapshots of a group to another namespace of the same datastore, one by one and each at once, so that a crash
 * leaves every one of them whole in one of the two places. One that is in use, or of a second that is taken, stays. No
 * garbage is collected meanwhile: a collection that had seen the one place already and not yet the other would miss it.
 * Throws `path/not-found` for either namespace or the group, `path/not-empty` when the groups may not be merged,
 * `input/invalid` when they have different owners, `repository/locked`.
 */
export async function moveGroup(
  store: SnapshotStore,
  from: GroupRef,
  namespace: string,
  options: MoveOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const to: GroupRef = { ...from, namespace }
  if (from.namespace === namespace) throw new HoldfastError('input/invalid', { detail: 'It is there already.' })
  await checkNamespace(store, from.namespace)
  await checkNamespace(store, namespace)
  const held: FileLock[] = []
  try {
    held.push(await store.locks.lockGarbageCollection())
    for (const group of [from, to]) held.push(await store.locks.lockGroup(group))
    await moveLocked(store, { from, to }, options)
  } finally {
    for (const lock of held.reverse()) await lock.release()
  }
}

interface Way {
  readonly from: GroupRef
  readonly to: GroupRef
}

async function moveLocked(
  store: SnapshotStore,
  { from, to }: Way,
  options: MoveOptions & { readonly signal: AbortSignal },
): Promise<void> {
  await prepareTarget(store, { from, to }, options.canMerge)
  for await (const { ref, isFinished } of listSnapshots(store, from)) {
    options.signal.throwIfAborted()
    const reason = isFinished ? await moveSnapshot(store, ref, to) : 'It is not finished.'
    if (reason === undefined) options.moved?.(ref)
    else options.kept?.(ref, reason)
  }
  const notes = await readGroupNotes(store, from)
  if (notes !== '' && (await readGroupNotes(store, to)) === '') await writeGroupNotes(store, to, notes)
  await removeEmptyGroup(store, from)
}

async function prepareTarget(store: SnapshotStore, { from, to }: Way, canMerge: boolean): Promise<void> {
  const name = `${from.type}/${from.backupId}`
  const owner = await readOwner(store, from)
  if (owner === undefined && (await listSnapshotTimes(store, from)).length === 0)
    throw new HoldfastError('path/not-found', { detail: name })
  const there = await readOwner(store, to)
  if (there !== undefined && !canMerge) throw new HoldfastError('path/not-empty', { detail: name })
  if (there !== undefined && there !== owner)
    throw new HoldfastError('input/invalid', { detail: `${name} belongs to ${there} there, and here to ${owner}.` })
  await ensureGroup(store, to, owner ?? NOBODY)
}

/** Why it stays, if it does. */
async function moveSnapshot(store: SnapshotStore, ref: SnapshotRef, to: GroupRef): Promise<string | undefined> {
  const target = { ...to, time: ref.time }
  if ((await listSnapshotTimes(store, to)).includes(ref.time)) return `There is a ${formatSnapshotRef(target)} already.`
  const lock = await store.locks.tryLockSnapshot(ref, 'exclusive')
  if (lock === undefined) return 'It is in use.'
  try {
    const [source, folder] = [snapshotFolder(store.path, ref), snapshotFolder(store.path, target)]
    await changeDisk(folder, async () => {
      await mkdir(path.dirname(folder), { recursive: true })
      await rename(source, folder)
      await syncFolder(path.dirname(folder))
      await syncFolder(groupFolder(store.path, ref))
    })
    return undefined
  } finally {
    await lock.release()
  }
}
