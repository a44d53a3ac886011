import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Capability } from '../../../src-shared/model/repository.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import { MANIFEST_NAME } from '../../storage/datastore/layout.ts'
import type { SnapshotListing } from '../../storage/datastore/snapshot-list.ts'
import { mapOrdered } from '../../storage/map-ordered.ts'
import type { WrapKey } from '../../storage/master-key.ts'
import { ChunkCache } from '../pxar-snapshot/chunk-cache.ts'
import { viewOfStored } from '../pxar-snapshot/manifest-view.ts'
import { SealerPool } from '../pxar-snapshot/sealer-pool.ts'
import { PxarSnapshotReader } from '../pxar-snapshot/snapshot-reader.ts'
import { PxarSnapshotWriter } from '../pxar-snapshot/snapshot-writer.ts'
import { readWrappedKey } from '../pxar-snapshot/wrapped-key.ts'
import type { Repository, SnapshotWriter, StoredSnapshot, WriteOptions } from '../repository.ts'
import { Bucket, type BucketOptions } from './bucket.ts'
import type { BucketStore } from './bucket-store.ts'
import { BucketLocks } from './locks/bucket-locks.ts'
import { createS3Maintenance } from './maintenance/create-maintenance.ts'
import { hasMarker, isEmptyPlace, writeMarker } from './marker.ts'
import type { S3Access } from './probe-s3.ts'
import { parseS3Address } from './s3-address.ts'
import { inspectSnapshot, listGroups, listNamespaces, listSnapshots, readSnapshotFile } from './snapshot-listing.ts'
import { startS3Snapshot } from './start-snapshot.ts'
import { openS3Files } from './stored-files.ts'

export interface S3RepositoryOptions extends S3Access {
  /** For reading any of them, for writing the first. */
  readonly keys: readonly CryptConfig[]
  /** The key to write with, for the holder of a master key: each snapshot that has a key stores it. */
  readonly wrapKey?: WrapKey | undefined
  /** Of the workers that compress and decompress; as many as make sense when undefined. */
  readonly threads?: number | undefined
  /** Unix milliseconds. */
  readonly now: () => number
  /** Auth id that new groups get. */
  readonly owner?: string | undefined
  /** Where fetched chunks are kept, at most so many bytes of them. Without, each is fetched whenever it is wanted. */
  readonly cache?: { readonly folder: string; readonly maxBytes?: number | undefined } | undefined
  /** How the store is reached, where that is not as usual. */
  readonly connection?:
    | Pick<BucketOptions, 'attempts' | 'connectTimeoutMs' | 'idleTimeoutMs' | 'environment'>
    | undefined
}

/** What every bucket can do, as far as the key may. */
export const s3Capabilities = [
  'verify',
  'prune',
  'collect-garbage',
  'forget',
  'protect',
  'notes',
  'namespaces',
  'encryption',
  'groups',
] as const satisfies readonly Capability[]

const DEFAULT_OWNER = 'root@pam'
/** Manifests on their way: each is a small answer, mostly of waiting. */
const MANIFESTS_AT_ONCE = 8

/**
 * A repository in a bucket of an object store. Throws `input/invalid`, `auth/denied`, `auth/untrusted`,
 * `repository/unreachable`, and `datastore/not-found` when there is none in the bucket.
 */
export async function openS3Repository(address: string, options: S3RepositoryOptions): Promise<Repository> {
  const parsed = parseS3Address(address)
  const bucket = new Bucket({ address: parsed, ...options.credentials, ...options.connection })
  try {
    const reach = async (signal: AbortSignal) => {
      if (await hasMarker(bucket, signal)) return
      throw new HoldfastError('datastore/not-found', { detail: `${parsed.bucket}/${parsed.prefix}` })
    }
    await reach(new AbortController().signal)
    return { ...createRepository({ bucket, locks: new BucketLocks(bucket), now: options.now }, options), reach }
  } catch (error) {
    bucket.close()
    throw error
  }
}

/**
 * Makes an empty repository. Throws as `openS3Repository`, `datastore/exists`, `path/not-empty`, and `repository/refused`
 * for a bucket that is not there: whoever has the store makes that.
 */
export async function createS3Repository(
  address: string,
  { credentials }: S3Access,
  signal: AbortSignal,
): Promise<void> {
  const parsed = parseS3Address(address)
  const bucket = new Bucket({ address: parsed, ...credentials })
  const place = `${parsed.bucket}/${parsed.prefix}`
  try {
    if (await hasMarker(bucket, signal)) throw new HoldfastError('datastore/exists', { detail: place })
    if (!(await isEmptyPlace(bucket, signal))) {
      throw new HoldfastError('path/not-empty', { detail: place, hint: 'Choose an empty folder in the bucket.' })
    }
    if (!(await writeMarker(bucket, signal))) throw new HoldfastError('datastore/exists', { detail: place })
  } finally {
    bucket.close()
  }
}

function createRepository(store: BucketStore, options: S3RepositoryOptions): Repository {
  const { bucket, locks, now } = store
  const { keys, wrapKey, threads, cache: cached, owner = DEFAULT_OWNER } = options
  const sealers = new SealerPool(threads)
  const cache = cached === undefined ? undefined : new ChunkCache(cached.folder, cached.maxBytes)

  const open = async (ref: SnapshotRef, signal: AbortSignal): Promise<PxarSnapshotReader> => {
    const lock = await locks.acquire({ kind: 'read', ref }, signal)
    const files = openS3Files(bucket, { ref, cache, release: () => lock.release() })
    try {
      const isProtected = (await inspectSnapshot(bucket, ref, signal))?.isProtected ?? false
      return await PxarSnapshotReader.open(files, { ref, isProtected, keys, sealers }, signal)
    } catch (error) {
      await files.close()
      throw error
    }
  }

  return {
    capabilities: s3Capabilities,
    snapshots: (signal) => listStored(bucket, signal),
    async write(group, write: WriteOptions, signal): Promise<SnapshotWriter> {
      const crypt = keys[0]
      if (write.cryptMode !== 'none' && crypt === undefined) throw new HoldfastError('key/missing')
      const target = await startS3Snapshot(store, { ...group, time: write.time }, { owner, cache }, signal)
      return new PxarSnapshotWriter(target, {
        write,
        crypt,
        wrapKey,
        sealer: sealers.get(write.cryptMode === 'encrypt' ? crypt : undefined, write.compress),
        signal,
      })
    },
    read: open,
    wrappedKey: (ref, signal) => readWrappedKey(openS3Files(bucket, { ref, cache: undefined }), signal),
    maintenance: createS3Maintenance(store, { keys, sealers, now, open }),
    async close() {
      await locks.close()
      await sealers.close()
      bucket.close()
    },
  }
}

async function* listStored(bucket: Bucket, signal: AbortSignal): AsyncGenerator<StoredSnapshot> {
  for await (const namespace of listNamespaces(bucket, '', signal)) {
    for await (const group of listGroups(bucket, namespace, signal)) {
      const listed = await Array.fromAsync(listSnapshots(bucket, group, signal))
      const read = (listing: SnapshotListing) =>
        viewOfStored(listing, () => readSnapshotFile(bucket, listing.ref, MANIFEST_NAME, signal))
      const finished = listed.filter(({ isFinished }) => isFinished)
      for await (const stored of mapOrdered(finished, MANIFESTS_AT_ONCE, read)) {
        if (stored !== undefined) yield stored
      }
    }
  }
}
