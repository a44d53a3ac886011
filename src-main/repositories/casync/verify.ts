import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import type { PlacedChunk } from '../../storage/chunk-index.ts'
import { DigestSet } from '../../storage/datastore/digest-set.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { updateManifest } from '../../storage/datastore/snapshot-dir.ts'
import { inspectSnapshot } from '../../storage/datastore/snapshot-list.ts'
import { corruptRanges } from '../../storage/datastore/verify-affected.ts'
import { mapOrdered } from '../../storage/map-ordered.ts'
import type { StoredSnapshot, VerifyObserver, VerifyOptions, VerifyResult } from '../repository.ts'
import { filesInChunks } from './files-in-chunks.ts'
import { blobSuffix, casyncNames, encodeManifest, parseManifest } from './snapshot-manifest.ts'
import type { CasyncSnapshotReader } from './snapshot-reader.ts'
import { chunksOf, type LocalCasync, listStored, openReader } from './stored-snapshots.ts'

/** Chunks remembered as good, so that those of many snapshots are read once: 132 MB at most. */
const maxRemembered = 4 << 20

interface Run {
  readonly casync: LocalCasync
  readonly observer: VerifyObserver
  readonly signal: AbortSignal
  readonly good: DigestSet
  readonly corrupt: Map<Digest, string>
  chunks: number
  bytes: bigint
}

/** Reads back every chunk and blob, marks the snapshots, and sets damaged chunks aside so that a backup replaces them. */
export async function verifyCasync(
  casync: LocalCasync,
  { snapshots, skipVerifiedSince }: VerifyOptions,
  observer: VerifyObserver,
  signal: AbortSignal,
): Promise<VerifyResult> {
  const wanted = snapshots && new Set(snapshots.map(keyOf))
  const run: Run = {
    ...{ casync, observer, signal },
    good: new DigestSet(maxRemembered),
    corrupt: new Map(),
    chunks: 0,
    bytes: 0n,
  }
  const chosen: StoredSnapshot[] = []
  for await (const stored of listStored(casync, signal)) {
    if (wanted !== undefined && !wanted.has(keyOf(stored.ref))) continue
    if (skipVerifiedSince !== undefined && stored.verify?.state === 'ok' && stored.verify.at >= skipVerifiedSince)
      continue
    chosen.push(stored)
    for (const { sizeBytes } of stored.archives) run.bytes += sizeBytes
  }
  observer.total(chosen.length, run.bytes)
  for (const stored of chosen) {
    signal.throwIfAborted()
    const isOk = await verifySnapshot(run, stored)
    await mark(casync, stored.ref, isOk)
    observer.snapshotDone(stored.ref, isOk)
  }
  const affected = run.corrupt.size === 0 ? [] : await findAffected(run)
  return { snapshots: chosen.length, chunks: run.chunks, corrupt: [...run.corrupt.keys()], affected }
}

async function verifySnapshot(run: Run, { ref, problem }: StoredSnapshot): Promise<boolean> {
  const { casync, observer, signal } = run
  if (problem !== undefined) {
    observer.corrupt({ reason: `${formatSnapshotRef(ref)}: ${problem}` })
    return false
  }
  let isOk = true
  const reader = await openReader(casync, ref, signal)
  try {
    for (const { filename, sizeBytes } of reader.snapshot.archives) {
      try {
        if (casyncNames.isIndex(filename)) isOk = (await verifyIndex(run, await reader.index(filename, signal))) && isOk
        else if (filename.endsWith(blobSuffix)) {
          await reader.blob(filename, signal)
          observer.checked(Number(sizeBytes))
        }
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        observer.corrupt({ filename, reason: error.message })
        isOk = false
      }
    }
  } finally {
    await reader.close()
  }
  return isOk
}

async function verifyIndex(run: Run, index: CasyncIndex): Promise<boolean> {
  const { observer, corrupt, signal } = run
  const { sealer } = chunksOf(run.casync)
  let isOk = true
  const checked = mapOrdered(index, sealer.threads * 2, async (chunk) => ({ chunk, problem: await check(run, chunk) }))
  for await (const { chunk, problem } of checked) {
    signal.throwIfAborted()
    observer.checked(chunk.sizeBytes)
    if (problem === undefined) continue
    isOk = false
    if (corrupt.has(chunk.digest)) continue
    corrupt.set(chunk.digest, problem)
    observer.corrupt({ digest: chunk.digest, reason: problem })
    await run.casync.store.setAside(chunk.digest)
  }
  return isOk
}

/** What is wrong with it, or undefined. A damaged one gets another name at once, and is missing from then on. */
async function check(run: Run, chunk: PlacedChunk): Promise<string | undefined> {
  const known = run.corrupt.get(chunk.digest)
  if (known !== undefined) return known
  if (!run.good.add(chunk.digest)) return undefined
  run.chunks++
  const { files, sealer } = chunksOf(run.casync)
  try {
    await sealer.open(await files.chunk(chunk.digest, run.signal), chunk, run.signal)
    return undefined
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return error.message
  }
}

/** Every snapshot that has bytes in damaged chunks, also those that were not asked for. */
async function findAffected({ casync, corrupt, signal }: Run): Promise<VerifyResult['affected']> {
  const affected: { ref: SnapshotRef; files: readonly string[] }[] = []
  for await (const { ref, problem } of listStored(casync, signal)) {
    if (problem !== undefined) continue
    const reader = await openReader(casync, ref, signal)
    try {
      const files = await affectedFiles(reader, corrupt, signal)
      if (files.length > 0) affected.push({ ref, files })
    } finally {
      await reader.close()
    }
  }
  return affected
}

async function affectedFiles(
  reader: CasyncSnapshotReader,
  corrupt: ReadonlyMap<Digest, string>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const { filename } of reader.snapshot.archives.filter((each) => casyncNames.isIndex(each.filename))) {
    const ranges = corruptRanges(await reader.index(filename, signal), corrupt)
    if (ranges.length > 0) files.push(...(await filesInChunks(reader, filename, ranges, signal)))
  }
  return [...new Set(files)]
}

/** In the manifest; what casync made has none. */
async function mark({ snapshots, now }: LocalCasync, ref: SnapshotRef, isOk: boolean): Promise<void> {
  if ((await inspectSnapshot(snapshots, ref))?.isFinished !== true) return
  try {
    await updateManifest(snapshots, ref, (bytes) =>
      encodeManifest({ ...parseManifest(bytes, ref), verify: { state: isOk ? 'ok' : 'failed', at: now() } }),
    )
  } catch (error) {
    // Damaged itself, which was told; removed meanwhile; or on a disk that cannot be written to.
    const harmless = ['manifest/corrupt', 'snapshot/unknown', 'disk/read-only']
    if (!(error instanceof HoldfastError && harmless.includes(error.code))) throw error
  }
}

function keyOf(ref: SnapshotRef): string {
  return `${ref.namespace} ${formatSnapshotRef(ref)}`
}
