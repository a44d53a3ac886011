import { type PruneReason, pruneDecisions } from '../../../src-shared/model/prune.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { localCalendar } from '../../ui/local-calendar.ts'

/** Why each snapshot of a lineage stays, or that the next backup removes it, by the rules of its plan. */
export function keepReasons(
  snapshots: readonly Pick<Snapshot, 'id' | 'ref' | 'protected'>[],
  retention: Retention | undefined,
): ReadonlyMap<Snapshot['id'], PruneReason> {
  if (retention === undefined) return new Map()
  const candidates = snapshots.map(({ id, ref, protected: isProtected }) => ({
    id,
    time: ref.time,
    isFinished: true,
    isProtected,
  }))
  return new Map(
    pruneDecisions(candidates, retention, localCalendar).map(({ snapshot, reason }) => [snapshot.id, reason]),
  )
}
