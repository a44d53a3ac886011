import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { openCache, openStores } from '../../engines/casync/client/open-stores.ts'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { fallbackStore } from '../../engines/casync/store/fallback-store.ts'
import { formatSnapshotRef, snapshotFolder } from '../../storage/datastore/layout.ts'
import { mapOrdered } from '../../storage/map-ordered.ts'
import { viewOfDamaged } from '../pxar-snapshot/manifest-view.ts'
import type { Repository, SnapshotReader, StoredSnapshot } from '../repository.ts'
import { manifestOfIndex } from './adopted-snapshots.ts'
import type { CasyncAddress } from './casync-address.ts'
import { chunksOfStore } from './chunk-source.ts'
import { openRemoteFiles, type RemoteFiles, type RemoteOptions } from './remote-files.ts'
import { listingFilename, parseListing, type SnapshotListing } from './snapshot-listing.ts'
import { type CasyncManifest, manifestFilename, parseManifest, viewOfManifest } from './snapshot-manifest.ts'
import { CasyncSnapshotReader } from './snapshot-reader.ts'

const readsAtOnce = 8

/** What is known of a snapshot before its files are read. */
interface RemoteSnapshot {
  readonly ref: SnapshotRef
  readonly isProtected: boolean
  manifest(signal: AbortSignal): Promise<CasyncManifest>
  readFile(filename: string, signal: AbortSignal): Promise<Uint8Array>
}

/** A casync repository behind a web server or at the far end of ssh, for reading. */
export async function openRemoteCasync(address: CasyncAddress, options: RemoteOptions): Promise<Repository> {
  const files = await withStores(openRemoteFiles(address.store, options), address, options)
  return {
    capabilities: ['namespaces'],
    async *snapshots(signal) {
      const found = snapshotsIn(files, await readListing(files, signal))
      yield* mapOrdered(found, readsAtOnce, (snapshot) => viewOf(snapshot, signal))
    },
    write() {
      return Promise.reject(
        new HoldfastError('repository/unsupported', {
          detail: 'A casync store on another computer can only be read.',
          hint: 'Back up to a folder, and let that be served.',
        }),
      )
    },
    read: (ref, signal) => openReader(files, ref, signal),
    maintenance: {},
    close: () => files.close(),
  }
}

async function readListing(files: RemoteFiles, signal: AbortSignal): Promise<SnapshotListing> {
  try {
    return parseListing(await files.read(`${files.snapshots}/${listingFilename}`, signal))
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'path/not-found')) throw error
    throw new HoldfastError('datastore/not-found', {
      detail: `There is no ${files.snapshots}/${listingFilename} beside the store.`,
      hint: 'Open the folder with Holdfast on its own computer, and back up into it once: that makes the list.',
      cause: error,
    })
  }
}

function* snapshotsIn(files: RemoteFiles, { snapshots, indexes }: SnapshotListing): Generator<RemoteSnapshot> {
  for (const { protected: isProtected, ...ref } of snapshots) yield ownSnapshot(files, ref, isProtected)
  for (const { file, ...ref } of indexes) yield adoptedSnapshot(files, ref, file)
}

function ownSnapshot(files: RemoteFiles, ref: SnapshotRef, isProtected: boolean): RemoteSnapshot {
  const folder = snapshotFolder(`/${files.snapshots}`, ref, 'linux').split(path.sep).join('/').slice(1)
  const readFile = (filename: string, signal: AbortSignal) => files.read(`${folder}/${filename}`, signal)
  const manifest = async (signal: AbortSignal) => parseManifest(await readFile(manifestFilename, signal), ref)
  return { ref, isProtected, manifest, readFile }
}

function adoptedSnapshot(files: RemoteFiles, ref: SnapshotRef, file: string): RemoteSnapshot {
  const readFile = (_filename: string, signal: AbortSignal) => files.read(file, signal)
  const manifest = async (signal: AbortSignal) =>
    manifestOfIndex(ref, file, CasyncIndex.parse(await files.read(file, signal)))
  return { ref, isProtected: true, manifest, readFile }
}

async function viewOf({ ref, isProtected, manifest }: RemoteSnapshot, signal: AbortSignal): Promise<StoredSnapshot> {
  try {
    return viewOfManifest(ref, await manifest(signal), isProtected)
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'repository/unreachable') throw error
    return viewOfDamaged(ref, error.message, isProtected)
  }
}

async function openReader(files: RemoteFiles, ref: SnapshotRef, signal: AbortSignal): Promise<SnapshotReader> {
  const wanted = `${ref.namespace} ${formatSnapshotRef(ref)}`
  for (const snapshot of snapshotsIn(files, await readListing(files, signal))) {
    if (`${snapshot.ref.namespace} ${formatSnapshotRef(snapshot.ref)}` !== wanted) continue
    const manifest = await snapshot.manifest(signal)
    return new CasyncSnapshotReader({
      snapshot: viewOfManifest(ref, manifest, snapshot.isProtected),
      manifest,
      readFile: snapshot.readFile,
      chunks: chunksOfStore(files.chunks),
      release: () => Promise.resolve(),
    })
  }
  throw new HoldfastError('snapshot/unknown', { detail: formatSnapshotRef(ref) })
}

/** The store behind a cache, and others behind that. */
async function withStores(
  files: RemoteFiles,
  { extraStores, cache }: CasyncAddress,
  options: RemoteOptions,
): Promise<RemoteFiles> {
  if (extraStores.length === 0 && cache === undefined) return files
  const { sshPath, remotePath } = options
  const extra = await openStores(extraStores, { sshPath, remotePath }, undefined, never)
  const chunks = fallbackStore([files.chunks, extra.chunks])
  return {
    ...files,
    chunks: cache === undefined ? chunks : await openCache(chunks, cache, never),
    async close() {
      await extra[Symbol.asyncDispose]()
      await files.close()
    },
  }
}

/** For as long as the repository is open. */
const never = AbortSignal.any([])
