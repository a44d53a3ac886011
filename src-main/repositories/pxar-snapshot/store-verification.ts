import { hostname } from 'node:os'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import { formatTaskId } from '../../storage/datastore/task-id.ts'
import type { VerifyOptions, VerifyReport } from '../../storage/datastore/verify.ts'
import type { Maintenance, VerifyResult } from '../repository.ts'
import { filesInRanges } from './files-in-ranges.ts'
import type { SealerPool } from './sealer-pool.ts'
import type { PxarSnapshotReader } from './snapshot-reader.ts'

export interface VerificationTools {
  readonly keys: readonly CryptConfig[]
  readonly sealers: SealerPool
  readonly now: () => number
  /** To find out which files a damaged chunk touches. */
  readonly open: (ref: SnapshotRef, signal: AbortSignal) => Promise<PxarSnapshotReader>
}

/** Verification of a store whose chunks this computer reads itself, with the keys that are at hand. */
export function createVerification(
  verify: (options: VerifyOptions, signal: AbortSignal) => Promise<VerifyReport>,
  { keys, sealers, now, open }: VerificationTools,
): NonNullable<Maintenance['verify']> {
  let tasks = 0
  const newTaskId = () =>
    formatTaskId({
      node: hostname().replaceAll(/[:/\s]/g, '-') || 'localhost',
      pid: process.pid,
      processStart: 0,
      counter: tasks++,
      startedAt: Math.floor(now() / 1000),
      type: 'verify',
      workerId: 'holdfast',
      authId: 'root@pam',
    })
  return async ({ snapshots, skipVerifiedSince }, observer, signal) => {
    const totals = { snapshots: snapshots?.length ?? 0, bytes: 0n }
    const report = await verify(
      {
        snapshots,
        skipVerifiedSince,
        taskId: newTaskId(),
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
  }
}

function openerFor(fingerprint: string | undefined, keys: readonly CryptConfig[], sealers: SealerPool) {
  if (fingerprint === undefined) return sealers.get(undefined)
  const key = keys.find((each) => each.fingerprint === fingerprint.toLowerCase())
  return key === undefined ? undefined : sealers.get(key)
}

/** Names the files that have bytes in damaged chunks; where that cannot be found out, the archive itself. */
async function nameAffected(
  affected: VerifyReport['affected'],
  open: VerificationTools['open'],
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
