import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Capability } from '../../../src-shared/model/repository.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import { type Datastore, openDatastore } from '../../storage/datastore/datastore.ts'
import { MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import { readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { startSnapshot } from '../../storage/datastore/snapshot-draft.ts'
import { inspectSnapshot, listGroups, listNamespaces, listSnapshots } from '../../storage/datastore/snapshot-list.ts'
import type { WrapKey } from '../../storage/master-key.ts'
import { viewOfStored } from '../pxar-snapshot/manifest-view.ts'
import { SealerPool } from '../pxar-snapshot/sealer-pool.ts'
import { PxarSnapshotReader } from '../pxar-snapshot/snapshot-reader.ts'
import { PxarSnapshotWriter } from '../pxar-snapshot/snapshot-writer.ts'
import { readWrappedKey } from '../pxar-snapshot/wrapped-key.ts'
import type { Repository, StoredSnapshot } from '../repository.ts'
import { createMaintenance } from './maintenance.ts'
import { createNewSnapshot } from './new-snapshot.ts'
import { openStoredFiles } from './stored-files.ts'

export interface DatastoreRepositoryOptions {
  /** For reading any of them, for writing the first. */
  readonly keys: readonly CryptConfig[]
  /** The key to write with, for the holder of a master key: each snapshot that has a key stores it. */
  readonly wrapKey?: WrapKey | undefined
  /** Of the workers that compress and decompress; as many as make sense when undefined. */
  readonly threads?: number | undefined
  /** Unix milliseconds. */
  readonly now: () => number
  /** Auth id that new groups get; PBS, should it take the folder over, asks for it. */
  readonly owner?: string | undefined
}

/** What every datastore on this computer can do. */
export const datastoreCapabilities = [
  'verify',
  'prune',
  'collect-garbage',
  'forget',
  'remove-paths',
  'protect',
  'notes',
  'namespaces',
  'usage',
  'space',
  'encryption',
  'groups',
] as const satisfies readonly Capability[]

const DEFAULT_OWNER = 'root@pam'

/** A datastore on this computer as a repository. Throws `datastore/not-found`. */
export async function openDatastoreRepository(path: string, options: DatastoreRepositoryOptions): Promise<Repository> {
  return createDatastoreRepository(await openDatastore(path), options)
}

export function createDatastoreRepository(store: Datastore, options: DatastoreRepositoryOptions): Repository {
  const { keys, wrapKey, threads, now, owner = DEFAULT_OWNER } = options
  const sealers = new SealerPool(threads)
  const open = async (ref: SnapshotRef, signal: AbortSignal): Promise<PxarSnapshotReader> => {
    signal.throwIfAborted()
    const lock = await store.locks.lockSnapshot(ref, 'shared')
    try {
      const isProtected = (await inspectSnapshot(store, ref))?.isProtected ?? false
      const files = openStoredFiles(store, ref, () => lock.release())
      return await PxarSnapshotReader.open(files, { ref, isProtected, keys, sealers }, signal)
    } catch (error) {
      await lock.release()
      throw error
    }
  }
  return {
    capabilities: datastoreCapabilities,
    snapshots: (signal) => listStored(store, signal),
    async write(group, write, signal) {
      signal.throwIfAborted()
      const crypt = keys[0]
      if (write.cryptMode !== 'none' && crypt === undefined) throw new HoldfastError('key/missing')
      const draft = await startSnapshot(store, { ...group, time: write.time }, { owner, now })
      return new PxarSnapshotWriter(createNewSnapshot(store, draft, now), {
        write,
        crypt,
        wrapKey,
        sealer: sealers.get(write.cryptMode === 'encrypt' ? crypt : undefined, write.compress),
        signal,
      })
    },
    read: open,
    wrappedKey: (ref, signal) => readWrappedKey(openStoredFiles(store, ref), signal),
    maintenance: createMaintenance(store, { keys, sealers, now, open }),
    close: () => sealers.close(),
  }
}

async function* listStored(store: Datastore, signal: AbortSignal): AsyncGenerator<StoredSnapshot> {
  for await (const namespace of listNamespaces(store)) {
    for await (const group of listGroups(store, namespace)) {
      for await (const listing of listSnapshots(store, group)) {
        signal.throwIfAborted()
        if (!listing.isFinished) continue
        const stored = await viewOfStored(listing, () => readSnapshotFile(store, listing.ref, MANIFEST_NAME))
        if (stored !== undefined) yield stored
      }
    }
  }
}
