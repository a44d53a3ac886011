import { HoldfastError } from '../../../src-shared/errors.ts'
import { backupType, type SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import {
  type GroupRef,
  isArchiveName,
  isSafeId,
  MANIFEST_NAME,
  PROTECTED_NAME,
  parseNamespace,
  parseSnapshotTime,
} from '../../storage/datastore/layout.ts'
import type { SnapshotListing } from '../../storage/datastore/snapshot-list.ts'
import type { Bucket, ObjectContent } from './bucket.ts'
import { groupPrefix, namespacePrefix, snapshotFileName, snapshotPrefix } from './object-names.ts'

/** Where to look. */
type Listed = Pick<Bucket, 'list' | 'folders'>

/** An index of 32 bytes for each of as many chunks as a manifest can have a size for; more is no index of ours. */
const MAX_FILE_BYTES = 1 << 30

/** The namespace itself, then all below it, parents first. Names that PBS would not accept are passed over. */
export async function* listNamespaces(
  bucket: Listed,
  from: string,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  yield from
  for await (const name of bucket.folders(`${namespacePrefix(from)}ns/`, signal)) {
    const namespace = from === '' ? name : `${from}/${name}`
    if (isNamespace(namespace)) yield* listNamespaces(bucket, namespace, signal)
  }
}

/** The groups of one namespace, not of those below it. */
export async function* listGroups(
  bucket: Listed,
  namespace: string,
  signal: AbortSignal,
): AsyncGenerator<GroupRef, void, undefined> {
  for (const type of backupType.options) {
    for await (const backupId of bucket.folders(`${namespacePrefix(namespace)}${type}/`, signal)) {
      if (isSafeId(backupId)) yield { namespace, type, backupId }
    }
  }
}

/** All snapshots of a group, oldest first, also unfinished ones: in one listing, however many they are. */
export async function* listSnapshots(
  bucket: Listed,
  group: GroupRef,
  signal: AbortSignal,
): AsyncGenerator<SnapshotListing, void, undefined> {
  const prefix = groupPrefix(group)
  let current: Found | undefined
  for await (const { name } of bucket.list(prefix, signal)) {
    const [folder = '', file, ...deeper] = name.slice(prefix.length).split('/')
    const time = parseSnapshotTime(folder)
    if (time === undefined || file === undefined || deeper.length > 0) continue
    if (current?.time !== time) {
      if (current !== undefined) yield describe(group, current)
      current = { time, files: [] } // names are in order, and so are times
    }
    current.files.push(file)
  }
  if (current !== undefined) yield describe(group, current)
}

/** Undefined when there is no such snapshot. */
export async function inspectSnapshot(
  bucket: Listed,
  ref: SnapshotRef,
  signal: AbortSignal,
): Promise<SnapshotListing | undefined> {
  const prefix = snapshotPrefix(ref)
  const files: string[] = []
  for await (const { name } of bucket.list(prefix, signal)) files.push(name.slice(prefix.length))
  return files.length === 0 ? undefined : describe(ref, { time: ref.time, files })
}

/** Throws `snapshot/unknown` for the manifest, `path/not-found` for another file. */
export async function readSnapshotFile(
  bucket: Pick<Bucket, 'get'>,
  ref: SnapshotRef,
  filename: string,
  signal: AbortSignal,
): Promise<Buffer> {
  return (await readSnapshotObject(bucket, ref, filename, signal)).bytes
}

/** As `readSnapshotFile`, with what stands for exactly this content. */
export async function readSnapshotObject(
  bucket: Pick<Bucket, 'get'>,
  ref: SnapshotRef,
  filename: string,
  signal: AbortSignal,
): Promise<ObjectContent> {
  const found = await bucket.get(snapshotFileName(ref, filename), MAX_FILE_BYTES, signal)
  if (found !== undefined) return found
  if (filename === MANIFEST_NAME) throw new HoldfastError('snapshot/unknown')
  throw new HoldfastError('path/not-found', { detail: filename })
}

interface Found {
  readonly time: number
  readonly files: string[]
}

function describe(group: GroupRef, { time, files }: Found): SnapshotListing {
  const { namespace, type, backupId } = group
  return {
    ref: { namespace, type, backupId, time },
    isFinished: files.includes(MANIFEST_NAME),
    isProtected: files.includes(PROTECTED_NAME),
    filenames: files.filter((file) => isArchiveName(file)).sort(),
  }
}

function isNamespace(text: string): boolean {
  try {
    return parseNamespace(text).length > 0
  } catch {
    return false
  }
}
