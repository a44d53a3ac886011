import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { changeUnprotected, parseManifest } from '../manifest.ts'
import type { Datastore } from './datastore.ts'
import { changeWhereWritable } from './disk-error.ts'
import { MANIFEST_NAME } from './layout.ts'
import { taskStart } from './task-id.ts'
import { type VerifiedStore, verifiedDatastore } from './verified-store.ts'
import { type AffectedArchive, findAffected } from './verify-affected.ts'
import { type ChunkOpener, ChunkVerifier, type CorruptChunk } from './verify-chunks.ts'
import { type SnapshotProblem, verifySnapshot } from './verify-snapshot.ts'

export interface VerifyOptions {
  /** Absent: every finished snapshot of the store. */
  readonly snapshots?: readonly SnapshotRef[] | undefined
  /** Unix milliseconds: snapshots that were verified well since then are passed over. */
  readonly skipVerifiedSince?: number | undefined
  /** PBS's name of this run (`formatTaskId`), which is stored with the result. */
  readonly taskId: string
  /**
   * Decodes chunks and holds them against their digests, usually on other threads. Asked with the fingerprint of the
   * manifest's key, undefined for none. Returns undefined when that key is not at hand: then encrypted chunks are only
   * held against their checksums.
   */
  openerFor(keyFingerprint: string | undefined): ChunkOpener | undefined
  /** How many chunks are read and decoded at once. */
  readonly concurrency: number
  readonly observer?: VerifyObserver | undefined
}

/** Hears of the run as it goes; must return at once. */
export interface VerifyObserver {
  /** How many snapshots there are, once, before the first. */
  total?(snapshots: number): void
  /** Length of a stream whose chunks come next, and how much of it was seen before. */
  archive?(ref: SnapshotRef, filename: string, sizeBytes: bigint): void
  /** Plain bytes of a chunk that was checked, or that an earlier archive had. */
  checked?(bytes: number): void
  problem?(ref: SnapshotRef, problem: SnapshotProblem): void
  snapshotDone?(result: VerifiedSnapshot): void
}

export interface VerifiedSnapshot {
  readonly ref: SnapshotRef
  /** `skipped`: verified well not long ago, or removed, or just being removed. */
  readonly state: 'ok' | 'failed' | 'skipped'
  readonly problems: readonly SnapshotProblem[]
}

export interface VerifyReport {
  readonly snapshots: readonly VerifiedSnapshot[]
  /** How many different chunks were read. */
  readonly chunks: number
  readonly corrupt: readonly CorruptChunk[]
  /** Every place in every finished snapshot of the store that a corrupt chunk touches, also in snapshots not verified. */
  readonly affected: readonly AffectedArchive[]
}

/**
 * Reads back what snapshots consist of (spec pbs §8.7): manifest, blobs, indexes, and each chunk once in the run. Damaged
 * chunks are set aside as `.N.bad`, so that the next backup stores them again, and the result is noted in the manifest.
 * On a disk that cannot be written to both are left out. What is damaged is part of the report, never thrown.
 */
export async function verifyDatastore(
  store: Datastore,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const storeLock = await store.locks.lockStore('shared')
  try {
    return await verifyStore(verifiedDatastore(store), options, signal)
  } finally {
    await storeLock.release()
  }
}

/** As `verifyDatastore`, for any store. The caller sees to it that the store stays where it is meanwhile. */
export async function verifyStore(
  store: VerifiedStore,
  options: VerifyOptions,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const refs = options.snapshots ?? (await listFinished(store, signal))
  const chunks = new ChunkVerifier(store.chunks, options, signal)
  options.observer?.total?.(refs.length)
  const snapshots: VerifiedSnapshot[] = []
  for (const ref of refs) {
    signal.throwIfAborted()
    const result = await verifyOne(store, ref, { options, chunks, signal })
    snapshots.push(result)
    options.observer?.snapshotDone?.(result)
  }
  const affected = chunks.corrupt.size === 0 ? [] : await findAffected(store, chunks.corrupt, signal)
  return { snapshots, chunks: chunks.count, corrupt: [...chunks.corrupt.values()], affected }
}

interface RunParts {
  readonly options: VerifyOptions
  readonly chunks: ChunkVerifier
  readonly signal: AbortSignal
}

async function verifyOne(store: VerifiedStore, ref: SnapshotRef, run: RunParts): Promise<VerifiedSnapshot> {
  const skipped: VerifiedSnapshot = { ref, state: 'skipped', problems: [] }
  const lock = await store.hold(ref)
  if (lock === undefined) return skipped
  try {
    if (await isFresh(store, ref, run.options.skipVerifiedSince)) return skipped
    const problems: SnapshotProblem[] = []
    const report = (problem: SnapshotProblem) => {
      problems.push(problem)
      run.options.observer?.problem?.(ref, problem)
    }
    await verifySnapshot(store, ref, { ...run, report })
    const state = problems.length === 0 ? 'ok' : 'failed'
    if (!problems.some(({ filename }) => filename === MANIFEST_NAME)) {
      await changeWhereWritable(() => noteVerifyState(store, ref, { state, upid: run.options.taskId }))
    }
    return { ref, state, problems }
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'snapshot/unknown') return skipped
    throw error
  } finally {
    await lock.release()
  }
}

async function noteVerifyState(
  store: VerifiedStore,
  ref: SnapshotRef,
  verifyState: { readonly state: 'ok' | 'failed'; readonly upid: string },
): Promise<void> {
  await store.changeManifest(ref, (blob) => changeUnprotected(blob, { verify_state: verifyState }))
}

async function isFresh(store: VerifiedStore, ref: SnapshotRef, since: number | undefined): Promise<boolean> {
  if (since === undefined) return false
  try {
    const { unprotected } = parseManifest(await store.readFile(ref, MANIFEST_NAME))
    const verifyState = unprotected.verify_state
    const at = verifyState?.state === 'ok' ? taskStart(verifyState.upid) : undefined
    return at !== undefined && at * 1000 >= since
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'snapshot/unknown') return false // it is verified, and fails
    throw error
  }
}

async function listFinished(store: VerifiedStore, signal: AbortSignal): Promise<readonly SnapshotRef[]> {
  const refs: SnapshotRef[] = []
  for await (const { ref } of store.finished()) {
    signal.throwIfAborted()
    refs.push(ref)
  }
  return refs
}
