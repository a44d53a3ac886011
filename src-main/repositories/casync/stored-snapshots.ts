import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { OpenStores } from '../../engines/casync/client/open-stores.ts'
import type { LocalStore } from '../../engines/casync/store/local-store.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { inspectSnapshot, listGroups, listNamespaces, listSnapshots } from '../../storage/datastore/snapshot-list.ts'
import type { SnapshotStore } from '../../storage/datastore/snapshot-store.ts'
import { viewOfDamaged } from '../pxar-snapshot/manifest-view.ts'
import { ownBytes } from '../pxar-snapshot/own-bytes.ts'
import type { StoredSnapshot } from '../repository.ts'
import {
  type AdoptedSnapshot,
  describeAdopted,
  findAdopted,
  findAdoptedByRef,
  readIndexFile,
} from './adopted-snapshots.ts'
import type { CasyncPlaces } from './casync-places.ts'
import type { CasyncSealers } from './casync-sealers.ts'
import { type CasyncManifest, manifestFilename, parseManifest, viewOfManifest } from './snapshot-manifest.ts'
import { CasyncSnapshotReader } from './snapshot-reader.ts'

/** A casync repository on this computer: chunks, snapshots of Holdfast, and indexes beside them. */
export interface LocalCasync {
  readonly places: CasyncPlaces
  readonly store: LocalStore
  /** The snapshots of Holdfast. */
  readonly snapshots: SnapshotStore
  readonly sealers: CasyncSealers
  readonly now: () => number
  /** Asked for chunks that the store does not have. */
  readonly extra?: OpenStores | undefined
}

/** Every finished snapshot, those of Holdfast first. */
export async function* listStored(casync: LocalCasync, signal: AbortSignal): AsyncGenerator<StoredSnapshot> {
  yield* listOwn(casync, signal)
  for await (const adopted of findAdopted(casync.places, signal)) {
    const stored = await viewOf(adopted.ref, true, async () => await describeAdopted(adopted))
    if (stored !== undefined) yield stored
  }
}

/** The finished snapshots of Holdfast. */
export async function* listOwn(casync: LocalCasync, signal: AbortSignal): AsyncGenerator<StoredSnapshot> {
  const { snapshots } = casync
  for await (const namespace of listNamespaces(snapshots)) {
    for await (const group of listGroups(snapshots, namespace)) {
      for await (const { ref, isFinished, isProtected } of listSnapshots(snapshots, group)) {
        signal.throwIfAborted()
        if (!isFinished) continue
        const stored = await viewOf(ref, isProtected, async () => await readManifest(casync, ref))
        if (stored !== undefined) yield stored
      }
    }
  }
}

/** Throws `snapshot/unknown`, `manifest/corrupt`. */
export async function openReader(
  casync: LocalCasync,
  ref: SnapshotRef,
  signal: AbortSignal,
): Promise<CasyncSnapshotReader> {
  signal.throwIfAborted()
  const listing = await inspectSnapshot(casync.snapshots, ref)
  if (listing?.isFinished === true) return await openOwn(casync, ref, listing.isProtected)
  const adopted = await findAdoptedByRef(casync.places, ref, signal)
  if (adopted === undefined) throw new HoldfastError('snapshot/unknown', { detail: formatSnapshotRef(ref) })
  return await openAdopted(casync, adopted)
}

export async function readManifest({ snapshots }: LocalCasync, ref: SnapshotRef): Promise<CasyncManifest> {
  return parseManifest(await readSnapshotFile(snapshots, ref, manifestFilename), ref)
}

/** How chunks of the store are fetched and opened. */
export function chunksOf({ store, sealers, extra }: Pick<LocalCasync, 'store' | 'sealers' | 'extra'>) {
  return {
    sealer: sealers.get(),
    files: {
      async chunk(digest: Parameters<LocalStore['readStored']>[0], signal: AbortSignal) {
        signal.throwIfAborted()
        const bytes = (await store.readStored(digest))?.bytes ?? (await extra?.chunks.get(digest, {}, signal))
        if (bytes === undefined) throw new HoldfastError('chunk/missing', { detail: digest })
        return ownBytes(bytes)
      },
    },
  }
}

async function openOwn(casync: LocalCasync, ref: SnapshotRef, isProtected: boolean): Promise<CasyncSnapshotReader> {
  const { snapshots } = casync
  const lock = await snapshots.locks.lockSnapshot(ref, 'shared')
  try {
    const manifest = await readManifest(casync, ref)
    return new CasyncSnapshotReader({
      snapshot: viewOfManifest(ref, manifest, isProtected),
      manifest,
      readFile: (filename) => readSnapshotFile(snapshots, ref, filename),
      chunks: chunksOf(casync),
      release: () => lock.release(),
    })
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function openAdopted(casync: LocalCasync, adopted: AdoptedSnapshot): Promise<CasyncSnapshotReader> {
  const manifest = await describeAdopted(adopted)
  return new CasyncSnapshotReader({
    snapshot: viewOfManifest(adopted.ref, manifest, true),
    manifest,
    readFile: () => readIndexFile(adopted.file),
    chunks: chunksOf(casync),
    release: () => Promise.resolve(),
  })
}

/** Undefined when it was removed meanwhile; with a problem when it is damaged. */
async function viewOf(
  ref: SnapshotRef,
  isProtected: boolean,
  read: () => Promise<CasyncManifest>,
): Promise<StoredSnapshot | undefined> {
  try {
    return viewOfManifest(ref, await read(), isProtected)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return error.code === 'snapshot/unknown' ? undefined : viewOfDamaged(ref, error.message, isProtected)
  }
}
