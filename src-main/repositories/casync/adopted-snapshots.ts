import { lstat, open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { errorCode } from '../../os/system-error.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { type CasyncPlaces, snapshotsSuffix, storeSuffix } from './casync-places.ts'
import { indexCsum } from './index-csum.ts'
import { type CasyncManifest, createManifest, streamSuffix, treeSuffix } from './snapshot-manifest.ts'

/** An index that somebody made with casync, as a snapshot of its own. */
export interface AdoptedSnapshot {
  readonly ref: SnapshotRef
  readonly file: string
}

/** What one index can hold in memory: 53 million chunks. */
const maxIndexBytes = 2 ** 31 - 1
const maxDepth = 16
const maxIdLength = 200

/**
 * The indexes below the folder of a store, but for those of Holdfast. Their chunks may be in this store or in another one
 * beside it: an index does not say where.
 */
export async function* findAdopted(
  { parent }: CasyncPlaces,
  signal: AbortSignal,
): AsyncGenerator<AdoptedSnapshot, void, undefined> {
  const taken = new Set<string>()
  for await (const { file, mtimeMs } of indexFiles(parent, 0, signal)) {
    const backupId = idOf(path.relative(parent, file))
    const time = Math.max(1, Math.floor(mtimeMs / 1000))
    // Two files of one second may want the same name, as `x.caidx` and `x.caibx`.
    let ref: SnapshotRef = { namespace: '', type: 'host', backupId, time }
    for (let n = 2; taken.has(formatSnapshotRef(ref)); n++) ref = { ...ref, backupId: `${backupId}-${n}` }
    taken.add(formatSnapshotRef(ref))
    yield { ref, file }
  }
}

/** Undefined when there is none with this name. */
export async function findAdoptedByRef(
  places: CasyncPlaces,
  ref: SnapshotRef,
  signal: AbortSignal,
): Promise<AdoptedSnapshot | undefined> {
  const wanted = formatSnapshotRef(ref)
  if (ref.namespace !== '') return undefined
  for await (const adopted of findAdopted(places, signal)) if (formatSnapshotRef(adopted.ref) === wanted) return adopted
  return undefined
}

/** What a manifest would say of it. Throws `index/corrupt`, and `snapshot/unknown` when it vanished. */
export async function describeAdopted({ ref, file }: AdoptedSnapshot): Promise<CasyncManifest> {
  return manifestOfIndex(ref, file, CasyncIndex.parse(await readIndexFile(file)))
}

export function manifestOfIndex(ref: SnapshotRef, file: string, index: CasyncIndex): CasyncManifest {
  return createManifest(ref, [{ filename: archiveNameOf(file), size: Number(index.sizeBytes), csum: indexCsum(index) }])
}

/** A whole index, wherever it lies. */
export async function readIndexFile(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      if (size > maxIndexBytes) throw new HoldfastError('index/corrupt', { detail: `${file} has ${size} bytes.` })
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    throw new HoldfastError('snapshot/unknown', { detail: file, cause: error })
  }
}

/** The name under which the index is listed: its own, made fit for an archive. */
function archiveNameOf(file: string): string {
  const suffix = path.extname(file)
  return safe(path.basename(file, suffix)) + suffix
}

/** `folder/name.caidx` is `folder-name`. */
function idOf(relative: string): string {
  const suffix = path.extname(relative)
  return safe(relative.slice(0, -suffix.length).split(path.sep).join('-')).slice(0, maxIdLength)
}

function safe(text: string): string {
  const replaced = text.replaceAll(/[^A-Za-z0-9._-]/g, '_')
  return /^[A-Za-z0-9_]/.test(replaced) ? replaced : `_${replaced}`
}

interface IndexFile {
  readonly file: string
  readonly mtimeMs: number
}

/** Links are not followed, and hidden folders, stores and what Holdfast made are passed over. */
async function* indexFiles(folder: string, depth: number, signal: AbortSignal): AsyncGenerator<IndexFile> {
  signal.throwIfAborted()
  for (const entry of await listFolder(folder)) {
    const { name } = entry
    const place = path.join(folder, name)
    if (entry.isDirectory()) {
      const isOther = name.startsWith('.') || name.endsWith(storeSuffix) || name.endsWith(snapshotsSuffix)
      if (!isOther && depth < maxDepth) yield* indexFiles(place, depth + 1, signal)
    } else if (entry.isFile() && !name.startsWith('.') && (name.endsWith(treeSuffix) || name.endsWith(streamSuffix))) {
      const stat = await lstat(place).catch(() => undefined) // gone meanwhile
      if (stat !== undefined) yield { file: place, mtimeMs: stat.mtimeMs }
    }
  }
}

async function listFolder(folder: string) {
  try {
    return (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EPERM' || code === 'ENOTDIR') return []
    throw error
  }
}
