import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobSpec } from '../../../src-shared/model/job.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import { snapshotIdOf } from '../../catalog/index/natural-ids.ts'
import { keepChains } from '../../engines/xtrabackup/chain/chain-retention.ts'
import type { BackupGroup, PruneDecision, Repository, TaskListener } from '../../repositories/repository.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { requireUnneeded } from './chain-guard.ts'
import { databaseSnapshots } from './group-snapshots.ts'
import type { JobOutcome } from './job-order.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'
import { serverLines } from './server-lines.ts'

export interface PruneWish {
  readonly group: Partial<BackupGroup> & { readonly namespace: string }
  readonly retention: Retention
  readonly dryRun: boolean
}

/** Removes snapshots that the rules do not keep. The space comes back with the next garbage collection. */
export async function runPrune(tools: JobTools, spec: Extract<JobSpec, { kind: 'prune' }>): Promise<JobOutcome> {
  const { meter, log, signal } = tools
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const group = {
      namespace: spec.namespace,
      ...(spec.backupId === undefined ? {} : { backupId: spec.backupId }),
    }
    const decisions = await pruneGroup(tools, repository, { group, retention: spec.retention, dryRun: spec.dryRun })
    if (!spec.dryRun) await forgetInIndex(tools, decisions)
    const kept = decisions.filter((decision) => decision.keep).length
    return {
      summary: {
        doneBytes: meter.doneBytes,
        storedBytes: 0,
        prune: {
          kept,
          removed: decisions.length - kept,
          entries: decisions.map(({ ref, keep, protected: isProtected }) => ({
            snapshot: formatSnapshotRef(ref),
            keep,
            protected: isProtected,
          })),
        },
      },
      warnings: log.warnings,
      usage: await repository.maintenance.usage?.(signal),
      changedSnapshots: !spec.dryRun,
    }
  } finally {
    await repository.close()
  }
}

/**
 * A database's incrementals need the snapshots they build on, whatever the rules say: with any in the group, the rules only
 * propose, and what no kept one needs is removed one by one.
 */
async function decide(
  repository: Repository,
  { group, retention, dryRun, said }: PruneWish & TaskListener,
  signal: AbortSignal,
): Promise<readonly PruneDecision[]> {
  const { prune, forget } = repository.maintenance
  if (prune === undefined) throw new HoldfastError('repository/unsupported')
  const databases = await databaseSnapshots(repository, group, signal)
  if (databases.length === 0 || forget === undefined)
    return prune(group, retention, { dryRun, ...(said && { said }) }, signal)
  const baseOf = new Map(databases.map(({ stored, facts }) => [formatSnapshotRef(stored.ref), facts.base?.time]))
  const proposed = await prune(group, retention, { dryRun: true }, signal)
  const kept: PruneDecision[] = []
  for (const decisions of Map.groupBy(proposed, ({ ref }) => `${ref.type}/${ref.backupId}`).values()) {
    kept.push(
      ...keepChains(decisions, ({ ref }) => ({ time: ref.time, baseTime: baseOf.get(formatSnapshotRef(ref)) })).map(
        ({ neededByLater, ...decision }) => ({ ...decision, keep: decision.keep || neededByLater }),
      ),
    )
  }
  if (!dryRun) for (const { ref, keep } of kept) if (!keep) await forget(ref)
  return kept
}

export async function pruneGroup(
  { meter, log, signal }: JobTools,
  repository: Repository,
  { group, retention, dryRun }: PruneWish,
): Promise<readonly PruneDecision[]> {
  if (repository.maintenance.prune === undefined) throw new HoldfastError('repository/unsupported')
  meter.enter('finishing')
  const decisions = await decide(repository, { group, retention, dryRun, said: serverLines(log) }, signal)
  const verb = dryRun ? 'Would remove' : 'Removed'
  for (const { ref, keep } of decisions) if (!keep) log.line('info', `${verb} ${formatSnapshotRef(ref)}.`)
  return decisions
}

export async function forgetInIndex(tools: JobTools, decisions: readonly PruneDecision[]): Promise<void> {
  const { id } = repositoryAccess(tools)
  for (const { ref, keep } of decisions) if (!keep) await tools.index.forget(snapshotIdOf(id, ref), tools.signal)
}

/** Removes snapshots by name. One that is protected or locked stays, and the job says so. */
export async function runForget(tools: JobTools, spec: Extract<JobSpec, { kind: 'forget' }>): Promise<JobOutcome> {
  const { index, log, signal, meter } = tools
  const repository = await tools.openRepository(repositoryAccess(tools), signal)
  try {
    const { forget } = repository.maintenance
    if (forget === undefined) throw new HoldfastError('repository/unsupported')
    await requireUnneeded(tools, repository, spec.snapshotIds)
    meter.enter('writing')
    meter.totalFiles = spec.snapshotIds.length
    for (const id of spec.snapshotIds) {
      signal.throwIfAborted()
      meter.counts.seen += 1
      const known = index.find(id)
      if (known === undefined) {
        meter.counts.skipped += 1
        continue
      }
      try {
        await forget.call(repository.maintenance, known.ref)
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code === 'repository/unreachable') throw error
        if (error.code !== 'snapshot/unknown') {
          log.line('warn', `${formatSnapshotRef(known.ref)}: ${error.message}`)
          meter.counts.failed += 1
          continue
        }
      }
      await index.forget(id, signal)
      meter.counts.stored += 1
      log.line('info', `Removed ${formatSnapshotRef(known.ref)}.`)
    }
    if (meter.counts.failed > 0 && meter.counts.stored === 0) throw new HoldfastError('snapshot/protected')
    return {
      summary: { counts: { ...meter.counts }, doneBytes: 0, storedBytes: 0 },
      warnings: log.warnings,
      usage: await repository.maintenance.usage?.(signal),
      changedSnapshots: true,
    }
  } finally {
    await repository.close()
  }
}
