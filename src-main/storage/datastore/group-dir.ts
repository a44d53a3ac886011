import { mkdir, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { errorCode } from '../../os/system-error.ts'
import { changeDisk } from './disk-error.ts'
import { replaceFile, syncFolder, syncFolders } from './durable-file.ts'
import {
  GROUP_NOTES_NAME,
  type GroupRef,
  groupFolder,
  isTemporaryName,
  namespaceFolder,
  OWNER_NAME,
  parseNamespace,
} from './layout.ts'
import type { SnapshotStore } from './snapshot-store.ts'

/** Folders of namespaces and groups, with the two files of a group: its owner and its notes (spec pbs §4.6). */

const FOLDER_MODE = 0o755
const FILE_MODE = 0o644
/** An auth id is a user, a realm and a token name; PBS bounds the whole at 64 + 32 + 64 and is followed with room. */
export const MAX_OWNER_BYTES = 512
export const MAX_NOTES_BYTES = 64 << 10

/** Makes the namespace and those above it. One that is there already is left alone. */
export async function createNamespace(store: Pick<SnapshotStore, 'path'>, namespace: string): Promise<void> {
  const folder = namespaceFolder(store.path, namespace)
  await changeDisk(folder, () => mkdir(folder, { recursive: true, mode: FOLDER_MODE }))
  await syncFolders(store.path, folder)
}

/** Removes an empty namespace. Throws `path/not-empty`, `path/not-found`. */
export async function removeNamespace(store: Pick<SnapshotStore, 'path'>, namespace: string): Promise<void> {
  if (parseNamespace(namespace).length === 0) throw new HoldfastError('input/invalid', { detail: 'The root stays.' })
  const folder = namespaceFolder(store.path, namespace)
  await changeDisk(folder, async () => {
    // Empty folders of types and of namespaces remain when their last group or namespace is removed.
    for (const name of ['host', 'vm', 'ct', 'ns']) await removeIfEmpty(path.join(folder, name))
    try {
      await rmdir(folder)
    } catch (error) {
      const code = errorCode(error)
      if (code === 'ENOENT') throw new HoldfastError('path/not-found', { detail: namespace, cause: error })
      if (code === 'ENOTEMPTY') throw new HoldfastError('path/not-empty', { detail: namespace, cause: error })
      throw error
    }
    await syncFolder(path.dirname(folder))
  })
}

/** Throws `path/not-found`: a namespace is never made by writing into it (§1.6). */
export async function checkNamespace(store: Pick<SnapshotStore, 'path'>, namespace: string): Promise<void> {
  try {
    if ((await stat(namespaceFolder(store.path, namespace))).isDirectory()) return
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
  }
  throw new HoldfastError('path/not-found', { detail: `The namespace ${JSON.stringify(namespace)}.` })
}

/** Makes the group's folder when it is new, with its owner. Returns who owns it. The caller holds the group's lock. */
export async function ensureGroup(store: Pick<SnapshotStore, 'path'>, group: GroupRef, owner: string): Promise<string> {
  await checkNamespace(store, group.namespace)
  const folder = groupFolder(store.path, group)
  const existing = await readOwner(store, group)
  if (existing !== undefined) return existing
  await changeDisk(folder, () => mkdir(folder, { recursive: true, mode: FOLDER_MODE }))
  await writeOwner(store, group, owner)
  await syncFolders(store.path, folder)
  return owner
}

/** The auth id; undefined when the group is not there, or has none because a crash came between. */
export async function readOwner(store: Pick<SnapshotStore, 'path'>, group: GroupRef): Promise<string | undefined> {
  const text = await readText(path.join(groupFolder(store.path, group), OWNER_NAME), MAX_OWNER_BYTES)
  return text?.trim() === '' ? undefined : text?.trim()
}

export async function writeOwner(store: Pick<SnapshotStore, 'path'>, group: GroupRef, owner: string): Promise<void> {
  checkOwner(owner)
  await writeText(path.join(groupFolder(store.path, group), OWNER_NAME), `${owner}\n`)
}

/** Empty when there are none. */
export async function readGroupNotes(store: Pick<SnapshotStore, 'path'>, group: GroupRef): Promise<string> {
  return (await readText(path.join(groupFolder(store.path, group), GROUP_NOTES_NAME), MAX_NOTES_BYTES)) ?? ''
}

export async function writeGroupNotes(
  store: Pick<SnapshotStore, 'path'>,
  group: GroupRef,
  notes: string,
): Promise<void> {
  checkGroupNotes(notes)
  await checkGroup(store, group)
  await writeText(path.join(groupFolder(store.path, group), GROUP_NOTES_NAME), notes)
}

/** Throws `input/invalid`. The authority over auth ids is whoever authenticates; here they must only fit into their one line. */
export function checkOwner(owner: string): void {
  if (!/^[^\s\p{Cc}]{1,200}$/u.test(owner)) throw new HoldfastError('input/invalid', { detail: 'Not an owner.' })
}

/** Throws `input/invalid`. */
export function checkGroupNotes(notes: string): void {
  if (Buffer.byteLength(notes) > MAX_NOTES_BYTES)
    throw new HoldfastError('input/invalid', { detail: 'Notes too long.' })
}

/** Removes the folder of a group without snapshots, as PBS 4 does. The caller holds the group's lock. */
export async function removeEmptyGroup(store: Pick<SnapshotStore, 'path'>, group: GroupRef): Promise<boolean> {
  const folder = groupFolder(store.path, group)
  return await changeDisk(folder, async () => {
    const names = await listNames(folder)
    const ours = (name: string) => name === OWNER_NAME || name === GROUP_NOTES_NAME || isTemporaryName(name)
    if (names === undefined || !names.every(ours)) return false
    // The owner last: a group with notes and no owner would belong to whoever comes next.
    for (const name of names.toSorted((a) => (a === OWNER_NAME ? 1 : -1))) await rm(path.join(folder, name))
    await rmdir(folder)
    await syncFolder(path.dirname(folder))
    return true
  })
}

async function checkGroup(store: Pick<SnapshotStore, 'path'>, group: GroupRef): Promise<void> {
  const isThere = (await listNames(groupFolder(store.path, group))) !== undefined
  if (!isThere) throw new HoldfastError('path/not-found', { detail: `${group.type}/${group.backupId}` })
}

async function listNames(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

async function readText(file: string, maxBytes: number): Promise<string | undefined> {
  try {
    if ((await stat(file)).size > maxBytes) return undefined
    return await readFile(file, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

async function writeText(file: string, text: string): Promise<void> {
  await replaceFile(file, Buffer.from(text), { mode: FILE_MODE, isDurable: true })
  await syncFolder(path.dirname(file))
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder)
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error
  }
}
