import { statfs } from 'node:fs/promises'
import { hostname } from 'node:os'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { pruneDecisions } from '../../../src-shared/model/prune.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import type { Datastore } from '../../storage/datastore/datastore.ts'
import { collectGarbage } from '../../storage/datastore/garbage-collection.ts'
import type { GroupRef } from '../../storage/datastore/layout.ts'
import { createCalendar } from '../../storage/datastore/local-calendar.ts'
import { forgetSnapshot, setProtected, updateManifest } from '../../storage/datastore/snapshot-dir.ts'
import { listGroups, listSnapshots } from '../../storage/datastore/snapshot-list.ts'
import { formatTaskId } from '../../storage/datastore/task-id.ts'
import { verifyDatastore } from '../../storage/datastore/verify.ts'
import { encodeManifest, parseManifest } from '../../storage/manifest.ts'
import { filesInRanges } from '../pxar-snapshot/files-in-ranges.ts'
import type { SealerPool } from '../pxar-snapshot/sealer-pool.ts'
import type { PxarSnapshotReader } from '../pxar-snapshot/snapshot-reader.ts'
import type { BackupGroup, Maintenance, PruneDecision, VerifyResult } from '../repository.ts'
import { createGroupKeeping } from './group-keeping.ts'
import { measureInThread } from './measure-in-thread.ts'
import { createPathRemover } from './path-remover.ts'

export interface MaintenanceOptions {
  readonly keys: readonly CryptConfig[]
  readonly sealers: SealerPool
  readonly now: () => number
  /** To find out which files a damaged chunk touches, and what a snapshot holds. */
  readonly open: (ref: SnapshotRef, signal: AbortSignal) => Promise<PxarSnapshotReader>
}

export function createMaintenance(store: Datastore, options: MaintenanceOptions): Maintenance {
  const { keys, sealers, now, open } = options
  let tasks = 0
  const newTaskId = (type: string) =>
    formatTaskId({
      node: hostname().replaceAll(/[:/\s]/g, '-') || 'localhost',
      pid: process.pid,
      processStart: 0,
      counter: tasks++,
      startedAt: Math.floor(now() / 1000),
      type,
      workerId: 'holdfast',
      authId: 'root@pam',
    })
  return {
    async verify({ snapshots, skipVerifiedSince }, observer, signal): Promise<VerifyResult> {
      const totals = { snapshots: snapshots?.length ?? 0, bytes: 0n }
      const report = await verifyDatastore(
        store,
        {
          snapshots,
          skipVerifiedSince,
          taskId: newTaskId('verify'),
          openerFor: (fingerprint) => openerFor(fingerprint, keys, sealers),
          concurrency: sealers.get(undefined).threads * 2,
          observer: {
            total: (count) => {
              totals.snapshots = count
              observer.total(count, 0n)
            },
            archive: (_ref, _filename, sizeBytes) => {
              totals.bytes += sizeBytes
              observer.total(totals.snapshots, totals.bytes)
            },
            checked: (bytes) => observer.checked(bytes),
            problem: (_ref, problem) => observer.corrupt(problem),
            snapshotDone: ({ ref, state }) => observer.snapshotDone(ref, state !== 'failed'),
          },
        },
        signal,
      )
      return {
        snapshots: report.snapshots.filter(({ state }) => state !== 'skipped').length,
        chunks: report.chunks,
        corrupt: report.corrupt.map(({ digest }) => digest),
        affected: await nameAffected(report.affected, open, signal),
      }
    },

    async prune(group, retention, { dryRun }, signal) {
      const decisions: PruneDecision[] = []
      for await (const each of matchingGroups(store, group)) {
        signal.throwIfAborted()
        decisions.push(...(await pruneGroup(store, each, { retention, dryRun })))
      }
      return decisions
    },

    async collectGarbage(observer, signal) {
      const onProgress = ({ done, total }: { done: number; total: number }) => observer.progress(done, total)
      const { removedBytes, removedChunks, pendingBytes, pendingChunks, diskBytes, diskChunks } = await collectGarbage(
        store,
        { now, onProgress },
        signal,
      )
      return { removedBytes, removedChunks, pendingBytes, pendingChunks, diskBytes, diskChunks }
    },

    forget: (ref) => forgetSnapshot(store, ref),
    protect: (ref, isProtected) => setProtected(store, ref, isProtected),
    setNotes: (ref, notes) =>
      updateManifest(store, ref, (blob) => {
        const manifest = parseManifest(blob)
        return encodeManifest({ ...manifest, unprotected: { ...manifest.unprotected, notes } })
      }),

    groups: createGroupKeeping(store),
    removePaths: (paths) => createPathRemover(store, { keys, sealers, now, open }, paths),
    space: (measure, signal) => measureInThread(store.path, measure, signal),

    async usage(signal) {
      signal.throwIfAborted()
      const { blocks, bsize, bfree, bavail } = await statfs(store.path)
      return {
        totalBytes: blocks * bsize,
        usedBytes: (blocks - bfree) * bsize,
        availableBytes: bavail * bsize,
        at: now(),
      }
    },
  }
}

function openerFor(fingerprint: string | undefined, keys: readonly CryptConfig[], sealers: SealerPool) {
  if (fingerprint === undefined) return sealers.get(undefined)
  const key = keys.find((each) => each.fingerprint === fingerprint.toLowerCase())
  return key === undefined ? undefined : sealers.get(key)
}

async function* matchingGroups(
  store: Datastore,
  { namespace, type, backupId }: Partial<BackupGroup> & { readonly namespace: string },
): AsyncGenerator<GroupRef> {
  for await (const group of listGroups(store, namespace)) {
    if ((type ?? group.type) === group.type && (backupId ?? group.backupId) === group.backupId) yield group
  }
}

async function pruneGroup(
  store: Datastore,
  group: GroupRef,
  { retention, dryRun }: { readonly retention: Retention; readonly dryRun: boolean },
): Promise<readonly PruneDecision[]> {
  const candidates: { ref: SnapshotRef; time: number; isFinished: boolean; isProtected: boolean }[] = []
  for await (const { ref, isFinished, isProtected } of listSnapshots(store, group)) {
    candidates.push({ ref, time: ref.time, isFinished, isProtected })
  }
  const decisions: PruneDecision[] = []
  // From the oldest, as they come.
  for (const { snapshot, keep } of pruneDecisions(candidates, retention, createCalendar())) {
    const stays = keep || dryRun || !(await forgetUnlessUsed(store, snapshot.ref))
    decisions.push({ ref: snapshot.ref, keep: dryRun ? keep : stays, protected: snapshot.isProtected })
  }
  return decisions
}

/** False when it is being read, written or built upon just now: it stays until the next time. */
async function forgetUnlessUsed(store: Datastore, ref: SnapshotRef): Promise<boolean> {
  try {
    await forgetSnapshot(store, ref)
    return true
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    if (error.code === 'snapshot/unknown') return true
    if (error.code === 'repository/locked' || error.code === 'snapshot/protected') return false
    throw error
  }
}

/** Names the files that have bytes in damaged chunks; where that cannot be found out, the archive itself. */
async function nameAffected(
  affected: Awaited<ReturnType<typeof verifyDatastore>>['affected'],
  open: MaintenanceOptions['open'],
  signal: AbortSignal,
): Promise<VerifyResult['affected']> {
  const bySnapshot = Map.groupBy(affected, ({ ref }) => JSON.stringify(ref))
  const named: { ref: SnapshotRef; files: readonly string[] }[] = []
  for (const archives of bySnapshot.values()) {
    const [first] = archives
    if (first === undefined) continue
    named.push({ ref: first.ref, files: await filesInRanges(first.ref, archives, open, signal) })
  }
  return named
}
