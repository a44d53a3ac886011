import { setImmediate as nextTick } from 'node:timers/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { ChunkIndex } from '../chunk-index.ts'
import { parseIndex } from './parse-index.ts'
import type { VerifiedStore } from './verified-store.ts'

/** Where an archive has bytes that cannot be read back. */
export interface AffectedArchive {
  readonly ref: SnapshotRef
  readonly filename: string
  /** In the order of the stream; neighbours are joined. */
  readonly ranges: readonly ByteRange[]
}

export interface ByteRange {
  readonly offset: bigint
  readonly sizeBytes: bigint
  /** The chunks that lie there. */
  readonly digests: readonly Digest[]
}

/** A chunk of zeros may occur a million times in an image: beyond this many the last range spans the rest. */
const MAX_RANGES = 10_000
const MAX_DIGESTS_A_RANGE = 1000

/** Goes through every index of every finished snapshot, without reading chunks. */
export async function findAffected(
  store: Pick<VerifiedStore, 'finished' | 'readFile'>,
  corrupt: ReadonlyMap<Digest, unknown>,
  signal: AbortSignal,
): Promise<readonly AffectedArchive[]> {
  const affected: AffectedArchive[] = []
  for await (const { ref, filenames } of store.finished()) {
    for (const filename of filenames.filter((name) => name.endsWith('idx'))) {
      await nextTick()
      signal.throwIfAborted()
      const index = await readIndex(store, ref, filename)
      const ranges = index === undefined ? [] : corruptRanges(index, corrupt)
      if (ranges.length > 0) affected.push({ ref, filename, ranges })
    }
  }
  return affected
}

/** The bytes of an archive that corrupt chunks hold. */
export function corruptRanges(
  index: Pick<ChunkIndex, 'count' | 'at' | 'digestAt'>,
  corrupt: ReadonlyMap<Digest, unknown>,
): readonly ByteRange[] {
  const ranges: { offset: bigint; sizeBytes: bigint; digests: Digest[] }[] = []
  for (let position = 0; position < index.count; position++) {
    if (!corrupt.has(index.digestAt(position))) continue
    const { offset, sizeBytes, digest } = index.at(position)
    const last = ranges.at(-1)
    if (last !== undefined && (last.offset + last.sizeBytes === offset || ranges.length === MAX_RANGES)) {
      last.sizeBytes = offset + BigInt(sizeBytes) - last.offset
      if (last.digests.length < MAX_DIGESTS_A_RANGE && !last.digests.includes(digest)) last.digests.push(digest)
    } else {
      ranges.push({ offset, sizeBytes: BigInt(sizeBytes), digests: [digest] })
    }
  }
  return ranges
}

/** Undefined when it vanished or is damaged itself, which is reported where the snapshot is verified. */
async function readIndex(
  store: Pick<VerifiedStore, 'readFile'>,
  ref: SnapshotRef,
  filename: string,
): Promise<ChunkIndex | undefined> {
  try {
    return parseIndex(filename, await store.readFile(ref, filename))
  } catch (error) {
    if (error instanceof HoldfastError) return undefined
    throw error
  }
}
