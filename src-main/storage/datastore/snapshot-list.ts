import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { backupType, type SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { errorCode } from '../../os/system-error.ts'
import {
  type GroupRef,
  groupFolder,
  isSafeId,
  namespaceFolder,
  PROTECTED_NAME,
  parseNamespace,
  parseSnapshotTime,
  snapshotFolder,
} from './layout.ts'
import { namesOf, type SnapshotStore } from './snapshot-store.ts'

/** Where to look, and what for. */
type ListedStore = Pick<SnapshotStore, 'path' | 'names'>

/** What lies in a snapshot's folder. */
export interface SnapshotListing {
  readonly ref: SnapshotRef
  /** It has a manifest. Others are being written, or were left by a crash. */
  readonly isFinished: boolean
  readonly isProtected: boolean
  /** Archives, blobs and the manifest, sorted. */
  readonly filenames: readonly string[]
}

/** The namespace itself, then all below it, parents first. Names that PBS would not accept are passed over. */
export async function* listNamespaces(store: ListedStore, from = ''): AsyncGenerator<string, void, undefined> {
  yield from
  for (const name of await listFolders(path.join(namespaceFolder(store.path, from), 'ns'))) {
    const namespace = from === '' ? name : `${from}/${name}`
    if (isNamespace(namespace)) yield* listNamespaces(store, namespace)
  }
}

/** The groups of one namespace, not of those below it. An empty one, left by PBS 3, counts. */
export async function* listGroups(store: ListedStore, namespace: string): AsyncGenerator<GroupRef, void, undefined> {
  for (const type of backupType.options) {
    for (const backupId of await listFolders(path.join(namespaceFolder(store.path, namespace), type))) {
      if (isSafeId(backupId)) yield { namespace, type, backupId }
    }
  }
}

/** All snapshots of a group, oldest first, also unfinished ones. One that vanishes meanwhile is left out. */
export async function* listSnapshots(store: ListedStore, group: GroupRef): AsyncGenerator<SnapshotListing> {
  for (const time of await listSnapshotTimes(store, group)) {
    const listing = await inspectSnapshot(store, { ...group, time })
    if (listing !== undefined) yield listing
  }
}

/** Unix seconds, oldest first. */
export async function listSnapshotTimes(store: ListedStore, group: GroupRef): Promise<readonly number[]> {
  const names = await listFolders(groupFolder(store.path, group))
  return names
    .map(parseSnapshotTime)
    .filter((time) => time !== undefined)
    .sort((a, b) => a - b)
}

/** Undefined when there is no such snapshot. */
export async function inspectSnapshot(store: ListedStore, ref: SnapshotRef): Promise<SnapshotListing | undefined> {
  const entries = await readFolder(snapshotFolder(store.path, ref))
  if (entries === undefined) return undefined
  const names = namesOf(store)
  const filenames = entries
    .filter((entry) => entry.isFile() && names.isFile(entry.name))
    .map((entry) => entry.name)
    .sort()
  return {
    ref,
    isFinished: filenames.includes(names.manifest),
    isProtected: entries.some((entry) => entry.name === PROTECTED_NAME),
    filenames,
  }
}

/** The newest finished snapshot: the base of the next one (spec pbs §1.6). */
export async function newestFinished(store: ListedStore, group: GroupRef): Promise<SnapshotListing | undefined> {
  for (const time of (await listSnapshotTimes(store, group)).toReversed()) {
    const listing = await inspectSnapshot(store, { ...group, time })
    if (listing?.isFinished === true) return listing
  }
  return undefined
}

async function listFolders(folder: string): Promise<readonly string[]> {
  const entries = (await readFolder(folder)) ?? []
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort()
}

async function readFolder(folder: string): Promise<readonly Dirent[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function isNamespace(text: string): boolean {
  try {
    return parseNamespace(text).length > 0
  } catch {
    return false
  }
}
