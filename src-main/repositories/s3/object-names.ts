import path from 'node:path'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import {
  archivePath,
  CHUNKS_FOLDER,
  chunkPath,
  GROUP_NOTES_NAME,
  type GroupRef,
  groupFolder,
  namespaceFolder,
  OWNER_NAME,
  PROTECTED_NAME,
  snapshotFolder,
} from '../../storage/datastore/layout.ts'

/**
 * Names of objects below the prefix of a repository. They are the paths of a datastore on disk (spec pbs §4), so that what a
 * tool copies out of the bucket is one; names that end with a slash are prefixes of others.
 */

/** Says that a repository begins here, and in which form. */
export const MARKER_NAME = 'holdfast.json'
export const LOCKS_PREFIX = '.locks/'
export const CHUNKS_PREFIX = `${CHUNKS_FOLDER}/`

export function chunkName(digest: Digest): string {
  return posix(chunkPath('', digest))
}

/** Empty for the root. */
export function namespacePrefix(namespace: string): string {
  return namespace === '' ? '' : `${posix(namespaceFolder('', namespace))}/`
}

export function groupPrefix(group: GroupRef): string {
  return `${posix(groupFolder('', group))}/`
}

export function snapshotPrefix(ref: SnapshotRef): string {
  return `${posix(snapshotFolder('', ref, 'linux'))}/`
}

/** @throws HoldfastError `input/invalid` for what is no name of an archive */
export function snapshotFileName(ref: SnapshotRef, filename: string): string {
  archivePath('', ref, filename) // checks it
  return `${snapshotPrefix(ref)}${filename}`
}

export function protectedName(ref: SnapshotRef): string {
  return `${snapshotPrefix(ref)}${PROTECTED_NAME}`
}

export function ownerName(group: GroupRef): string {
  return `${groupPrefix(group)}${OWNER_NAME}`
}

export function groupNotesName(group: GroupRef): string {
  return `${groupPrefix(group)}${GROUP_NOTES_NAME}`
}

function posix(local: string): string {
  return local.split(path.sep).join('/')
}
