import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import { backupType, type SnapshotRef } from '../../../src-shared/model/snapshot.ts'

/** Names and places of a datastore (spec pbs §1.2, §4.6, §4.7). Everything that becomes part of a path is checked here. */

/** Longest single file name of the usual file systems; the spec gives no bound for backup ids and archive names. */
const MAX_NAME_LENGTH = 255
const MAX_NAMESPACE_LENGTH = 256
const MAX_NAMESPACE_DEPTH = 7
/** 9999-12-31T23:59:59Z: the last second whose text form has a year of four digits. */
const MAX_TIME = 253_402_300_799
const SAFE_ID = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/
const DIGEST = /^[0-9a-f]{64}$/
const SNAPSHOT_NAME = /^\d{4}-\d{2}-\d{2}T\d{2}[:\uf03a]\d{2}[:\uf03a]\d{2}Z$/
const ARCHIVE_EXTENSION = /\.(?:didx|fidx|blob)$/
const BAD_COPY = /^([0-9a-f]{64})\.[0-9]\.bad$/
const TEMPORARY = /\.tmp_[0-9a-z]+$/

export const CHUNKS_FOLDER = '.chunks'
export const PROCESS_LOCK = '.lock'
export const LOCKS_FOLDER = '.locks'
export const MANIFEST_NAME = 'index.json.blob'
export const CLIENT_LOG_NAME = 'client.log.blob'
export const OWNER_NAME = 'owner'
export const GROUP_NOTES_NAME = 'notes'
export const PROTECTED_NAME = '.protected'

/** All snapshots of one thing: the folder `<namespace>/<type>/<id>`. */
export type GroupRef = Omit<SnapshotRef, 'time'>

export function isSafeId(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && SAFE_ID.test(text)
}

/** A file a snapshot may hold: a safe name with one of the three extensions. */
export function isArchiveName(text: string): boolean {
  return isSafeId(text) && ARCHIVE_EXTENSION.test(text)
}

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text)
}

/** The digest a chunk file is stored under, for `<digest>` and, as `isBad`, for `<digest>.N.bad`. */
export function parseChunkName(name: string): { readonly digest: Digest; readonly isBad: boolean } | undefined {
  if (isDigest(name)) return { digest: name, isBad: false }
  const digest = BAD_COPY.exec(name)?.[1]
  return digest !== undefined && isDigest(digest) ? { digest, isBad: true } : undefined
}

/** A file that was being written when its process died, or still is. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name)
}

/** The components of a namespace; none for the root. Throws `input/invalid`. */
export function parseNamespace(namespace: string): readonly string[] {
  if (namespace === '') return []
  const parts = namespace.length <= MAX_NAMESPACE_LENGTH ? namespace.split('/') : []
  if (parts.length === 0 || parts.length > MAX_NAMESPACE_DEPTH || !parts.every(isSafeId)) {
    throw invalid('namespace', namespace)
  }
  return parts
}

/** `2020-06-26T13:56:05Z`. Throws `input/invalid` for a time that has no such form. */
export function formatSnapshotTime(time: number): string {
  if (!Number.isInteger(time) || time < 1 || time > MAX_TIME) throw invalid('backup time', String(time))
  return `${new Date(time * 1000).toISOString().slice(0, 19)}Z`
}

/** Unix seconds, or undefined when this is not exactly the text form of a second, as in `2021-02-30T00:00:00Z`. */
export function parseSnapshotTime(name: string): number | undefined {
  if (!SNAPSHOT_NAME.test(name)) return undefined
  const text = name.replaceAll('\uf03a', ':')
  const time = Date.parse(text) / 1000
  return Number.isInteger(time) && time >= 1 && formatSnapshotTime(time) === text ? time : undefined
}

/** `host/elsa/2020-06-26T13:56:05Z`, as PBS prints snapshots. The namespace is told apart. */
export function formatSnapshotRef(ref: SnapshotRef): string {
  return `${ref.type}/${ref.backupId}/${formatSnapshotTime(ref.time)}`
}

export function chunkFolder(root: string, digest: Digest): string {
  return path.join(root, CHUNKS_FOLDER, digest.slice(0, 4))
}

/** Throws `input/invalid` when this is no digest, whatever its type says: it came over a wire once. */
export function chunkPath(root: string, digest: Digest): string {
  if (!isDigest(digest)) throw invalid('digest', digest)
  return path.join(chunkFolder(root, digest), digest)
}

export function namespaceFolder(root: string, namespace: string): string {
  return path.join(root, ...parseNamespace(namespace).flatMap((part) => ['ns', part]))
}

export function groupFolder(root: string, group: GroupRef): string {
  if (!backupType.safeParse(group.type).success) throw invalid('backup type', group.type)
  if (!isSafeId(group.backupId)) throw invalid('backup id', group.backupId)
  return path.join(namespaceFolder(root, group.namespace), group.type, group.backupId)
}

/**
 * Windows takes a colon for a stream name, so there it is stored as U+F03A, which Samba, WSL and Cygwin show as a colon
 * again.
 */
export function snapshotFolder(root: string, ref: SnapshotRef, platform: NodeJS.Platform = process.platform): string {
  const name = formatSnapshotTime(ref.time)
  return path.join(groupFolder(root, ref), platform === 'win32' ? name.replaceAll(':', '\uf03a') : name)
}

export function archivePath(
  root: string,
  ref: SnapshotRef,
  filename: string,
  isFile: (name: string) => boolean = isArchiveName,
): string {
  if (!isFile(filename)) throw invalid('archive name', filename)
  return path.join(snapshotFolder(root, ref), filename)
}

function invalid(what: string, value: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail: `${JSON.stringify(value.slice(0, 100))} is not a ${what}.` })
}
