import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../../src-shared/model/snapshot.ts'
import { encodeBlob } from '../../../storage/blob.ts'
import { plainDigest } from '../../../storage/crypt-config.ts'
import { forEachBounded } from '../../../storage/datastore/for-each-bounded.ts'
import { sampleManifest } from '../../../storage/datastore/testing/sample-store.ts'
import { type VerifyReport, verifyStore } from '../../../storage/datastore/verify.ts'
import { DynamicIndexBuilder } from '../../../storage/dynamic-index.ts'
import { InlineSealer } from '../../../storage/seal/inline-sealer.ts'
import type { NewSnapshot } from '../../pxar-snapshot/snapshot-backend.ts'
import { Bucket } from '../bucket.ts'
import type { BucketStore } from '../bucket-store.ts'
import { BucketLocks } from '../locks/bucket-locks.ts'
import { LOCKS_PREFIX } from '../object-names.ts'
import { parseS3Address } from '../s3-address.ts'
import { startS3Snapshot } from '../start-snapshot.ts'
import type { Gateway } from '../testing/gateway.fixture.ts'
import { verifiedBucket } from './verified-bucket.ts'

export const signal = new AbortController().signal
export const sampleGroup = { namespace: '', type: 'host', backupId: 'elsa' } as const

/** A new bucket. Nobody waits long for a lock. */
export async function openSampleStore(gateway: Gateway): Promise<BucketStore> {
  const bucket = new Bucket({ address: parseS3Address(await gateway.address('in/here')), secret: gateway.secret })
  return storeOf(bucket)
}

/** The same objects as another process sees them, through its own locks. */
export function storeOf(bucket: Bucket): BucketStore {
  return { bucket, locks: new BucketLocks(bucket, { waitMs: 1 }), now: Date.now }
}

/** Writes a whole snapshot with one archive of the given chunks, as a backup would. Returns their digests. */
export async function writeSample(
  store: BucketStore,
  ref: SnapshotRef,
  chunks: readonly Uint8Array[],
): Promise<readonly Digest[]> {
  const draft = await startS3Snapshot(store, ref, { owner: 'root@pam', cache: undefined }, signal)
  try {
    return await putSample(draft, ref, chunks)
  } finally {
    await draft.discard()
  }
}

export async function putSample(
  draft: NewSnapshot,
  ref: SnapshotRef,
  chunks: readonly Uint8Array[],
): Promise<readonly Digest[]> {
  const builder = new DynamicIndexBuilder()
  const index = await draft.openIndex('root.pxar.didx')
  const digests: Digest[] = []
  for (const chunk of chunks) {
    const digest = plainDigest(chunk)
    builder.add(digest, chunk.length)
    digests.push(digest)
    if (!draft.keepChunk(digest)) await index.putChunk(digest, chunk.length, encodeBlob(chunk, { compress: true }))
  }
  await index.close(builder)
  const file = {
    filename: 'root.pxar.didx',
    'crypt-mode': 'none',
    size: Number(builder.sizeBytes),
    csum: builder.csum(),
  }
  await draft.commit(sampleManifest(ref, [file]))
  return digests
}

/** Reads back everything, without noting the result. */
export async function readBack({ bucket, locks, now }: BucketStore): Promise<VerifyReport> {
  const sealer = new InlineSealer({ key: undefined, compress: true })
  const store = { ...verifiedBucket({ bucket, locks, now }, signal), changeManifest: async () => undefined }
  return await verifyStore(store, { taskId: 'a test', concurrency: 8, openerFor: () => sealer }, signal)
}

export async function namesIn({ bucket }: BucketStore, prefix = ''): Promise<readonly string[]> {
  const names = await Array.fromAsync(bucket.list(prefix, signal), ({ name }) => name)
  return names.filter((name) => !name.startsWith('.clock'))
}

/** As after so long a while that nobody takes the locks of a dead process for living ones. */
export async function forgetLocks({ bucket }: BucketStore): Promise<void> {
  await bucket.delete(await namesIn({ bucket } as BucketStore, LOCKS_PREFIX), signal)
}

export type Objects = ReadonlyMap<string, Uint8Array>

export async function copyOut({ bucket }: BucketStore): Promise<Objects> {
  const objects = new Map<string, Uint8Array>()
  for await (const { name } of bucket.list('', signal)) {
    const found = await bucket.get(name, 1 << 20, signal)
    if (found !== undefined) objects.set(name, found.bytes)
  }
  return objects
}

/** Exactly these objects and no others. */
export async function putBack({ bucket }: BucketStore, objects: Objects): Promise<void> {
  const there = new Set(await Array.fromAsync(bucket.list('', signal), ({ name }) => name))
  await bucket.delete(
    [...there].filter((name) => !objects.has(name)),
    signal,
  )
  await forEachBounded(objects, 16, async ([name, bytes]) => {
    await bucket.put(name, bytes, signal)
  })
}

/** What a person who pulls the plug causes. */
export class Killed extends Error {}

/**
 * A bucket whose process dies with the n-th request that changes something, counted from 1: from then on nothing goes out any
 * more. Dying after one is dying before the next, and deleting many is the one that can be half done.
 */
export function dyingBucket(bucket: Bucket, at: number): Bucket {
  let count = 0
  return interceptBucket(bucket, async (method, names, send) => {
    if (count < at && CHANGES.has(method)) {
      if (++count === at && method === 'delete') await bucket.delete(names.slice(0, names.length / 2), signal)
    }
    if (count === at) throw new Killed()
    return await send()
  })
}

const CHANGES: ReadonlySet<string> = new Set(['put', 'copy', 'delete'])
const REQUESTS: ReadonlySet<string> = new Set(['get', 'head', 'put', 'copy', 'delete', 'list', 'folders'])

/** Every request goes through `pass`, which may do other things first. Listings are one request each. */
export function interceptBucket(
  bucket: Bucket,
  pass: (method: string, names: readonly string[], send: () => Promise<unknown>) => Promise<unknown>,
): Bucket {
  return new Proxy(bucket, {
    get(target, method: keyof Bucket) {
      const call: unknown = target[method]
      if (typeof call !== 'function') return call
      return (...given: readonly unknown[]) => {
        if (!REQUESTS.has(method)) return Reflect.apply(call, target, given)
        const names = [given[0]].flat().map(String)
        if (method !== 'list' && method !== 'folders') {
          return pass(method, names, async () => await Reflect.apply(call, target, given))
        }
        return (async function* () {
          await pass(method, names, async () => undefined)
          yield* Reflect.apply(call, target, given)
        })()
      }
    },
  })
}
