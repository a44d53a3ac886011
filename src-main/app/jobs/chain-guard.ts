import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { snapshotIdOf } from '../../catalog/index/natural-ids.ts'
import type { Repository } from '../../repositories/repository.ts'
import { formatSnapshotRef } from '../../storage/datastore/layout.ts'
import { databaseSnapshots } from './group-snapshots.ts'
import { type JobTools, repositoryAccess } from './job-tools.ts'

/**
 * A database's incremental is worth nothing without what it builds on. Throws `snapshot/needed` when one that stays builds,
 * directly or not, on one that is to go: then all of them stay.
 */
export async function requireUnneeded(
  tools: JobTools,
  repository: Repository,
  leaving: readonly SnapshotId[],
): Promise<void> {
  const { id: repositoryId } = repositoryAccess(tools)
  const gone = new Set(leaving)
  const groups = new Map(
    leaving.flatMap((id) => {
      const ref = tools.index.find(id)?.ref
      return ref === undefined ? [] : [[`${ref.namespace}\0${ref.type}\0${ref.backupId}`, ref] as const]
    }),
  )
  for (const { namespace, type, backupId } of groups.values()) {
    const all = await databaseSnapshots(repository, { namespace, type, backupId }, tools.signal)
    const byTime = new Map(all.map((snapshot) => [snapshot.time, snapshot]))
    // What stays has its whole chain looked at through its direct base: a base that stays is looked at in its own turn.
    for (const { stored, facts } of all) {
      const base = byTime.get(facts.base?.time ?? -1)
      if (base === undefined || gone.has(snapshotIdOf(repositoryId, stored.ref))) continue
      if (!gone.has(snapshotIdOf(repositoryId, base.stored.ref))) continue
      throw new HoldfastError('snapshot/needed', {
        detail: `${formatSnapshotRef(stored.ref)} cannot be restored without ${formatSnapshotRef(base.stored.ref)}.`,
        hint: 'Remove the later one as well, or keep both.',
      })
    }
  }
}
