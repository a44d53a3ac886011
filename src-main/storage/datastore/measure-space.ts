import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { Datastore } from './datastore.ts'
import { DigestOwners, MAX_OWNERS } from './digest-owners.ts'
import { forEachBounded } from './for-each-bounded.ts'
import { formatSnapshotRef } from './layout.ts'
import { parseIndex } from './parse-index.ts'
import { readSnapshotFile } from './snapshot-dir.ts'
import { listGroups, listNamespaces, listSnapshots, type SnapshotListing } from './snapshot-list.ts'

const STATS_AT_ONCE = 8

export interface MeasureOptions {
  /** Sets of snapshots; what is in none of them counts as one more. A snapshot is in one at most. */
  readonly owners: readonly (readonly SnapshotRef[])[]
  /** Also the chunks that several refer to are looked at on the disk: for the size of the whole. */
  readonly all: boolean
}

export interface SpaceReport {
  /** For each set the bytes on the disk, compressed, that would be free without it. */
  readonly owned: readonly { readonly bytes: number; readonly chunks: number }[]
  /** Of all chunks that are referred to; 0 when only the owned ones were looked at. */
  readonly storedBytes: number
  /** Of all streams and images, as a reader would get them. */
  readonly logicalBytes: number
  readonly chunks: number
}

/**
 * What the chunks of a store take and whom they belong to: one pass over its indexes, one look at each chunk's size. Holds
 * 34 bytes for each different chunk. Snapshots that are being written count, those that vanish meanwhile do not.
 */
export async function measureSpace(
  store: Datastore,
  { owners, all }: MeasureOptions,
  signal: AbortSignal,
): Promise<SpaceReport> {
  if (owners.length >= MAX_OWNERS) throw new HoldfastError('input/invalid', { detail: 'Too many sets of snapshots.' })
  const ownerOf = new Map(owners.flatMap((refs, owner) => refs.map((ref) => [nameOf(ref), owner] as const)))
  const chunks = new DigestOwners()
  let logicalBytes = 0n
  for await (const namespace of listNamespaces(store)) {
    for await (const group of listGroups(store, namespace)) {
      for await (const listing of listSnapshots(store, group)) {
        signal.throwIfAborted()
        const owner = ownerOf.get(nameOf(listing.ref)) ?? owners.length
        logicalBytes += await claimAll(store, listing, { chunks, owner })
      }
    }
  }
  const owned = owners.map(() => ({ bytes: 0, chunks: 0 }))
  let storedBytes = 0
  await forEachBounded(chunks.entries(), STATS_AT_ONCE, async ({ digest, owner }) => {
    signal.throwIfAborted()
    const own = owner === undefined ? undefined : owned[owner]
    if (own === undefined && !all) return
    const size = (await store.chunks.stat(digest))?.sizeBytes ?? 0
    storedBytes += all ? size : 0
    if (own === undefined) return
    own.bytes += size
    own.chunks += 1
  })
  return { owned, storedBytes, logicalBytes: Number(logicalBytes), chunks: chunks.count }
}

/** No two snapshots of a store have the same. */
function nameOf(ref: SnapshotRef): string {
  return `${ref.namespace} ${formatSnapshotRef(ref)}`
}

/** Returns the length of its streams. */
async function claimAll(
  store: Datastore,
  { ref, filenames }: SnapshotListing,
  { chunks, owner }: { readonly chunks: DigestOwners; readonly owner: number },
): Promise<bigint> {
  let bytes = 0n
  for (const filename of filenames) {
    if (!/\.[df]idx$/.test(filename)) continue
    try {
      const index = parseIndex(filename, await readSnapshotFile(store, ref, filename))
      for (let position = 0; position < index.count; position++) chunks.claim(index.digestAt(position), owner)
      bytes += index.sizeBytes
    } catch (error) {
      // Gone meanwhile, or damaged, which verify reports: it takes no part in the sum.
      if (!(error instanceof HoldfastError)) throw error
    }
  }
  return bytes
}
