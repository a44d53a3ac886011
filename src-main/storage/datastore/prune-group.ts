import { HoldfastError } from '../../../src-shared/errors.ts'
import { type Calendar, type PruneReason, pruneDecisions } from '../../../src-shared/model/prune.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { GroupRef } from './layout.ts'
import { forgetSnapshot } from './snapshot-dir.ts'
import { listSnapshots, type SnapshotListing } from './snapshot-list.ts'
import type { SnapshotStore } from './snapshot-store.ts'

export interface PrunedSnapshot {
  readonly ref: SnapshotRef
  /** It is still there, or in a dry run would be. */
  readonly keep: boolean
  readonly isProtected: boolean
  /** Why, by the rules; `locked` when they would remove it but someone reads it, writes it or builds on it. */
  readonly reason: PruneReason | 'locked'
}

export interface PruneGroupOptions {
  /** Periods begin and end by it: that of this computer for PBS's own behaviour. */
  readonly calendar: Calendar
  readonly isDryRun: boolean
}

/** The snapshots of a group, oldest first, and how one is removed (as `forgetSnapshot`). */
export interface PrunedGroup {
  snapshots(): AsyncIterable<Omit<SnapshotListing, 'filenames'>>
  forget(ref: SnapshotRef): Promise<void>
}

/** Removes what the rules do not keep, from the oldest (spec pbs §8.5). Returns all snapshots of the group, oldest first. */
export async function pruneGroup(
  store: SnapshotStore,
  group: GroupRef,
  options: PruneGroupOptions & { readonly retention: Retention },
  signal: AbortSignal,
): Promise<readonly PrunedSnapshot[]> {
  const forget = (ref: SnapshotRef) => forgetSnapshot(store, ref)
  return await pruneSnapshots({ snapshots: () => listSnapshots(store, group), forget }, options, signal)
}

/** As `pruneGroup`, wherever the snapshots lie. */
export async function pruneSnapshots(
  { snapshots, forget }: PrunedGroup,
  { retention, calendar, isDryRun }: PruneGroupOptions & { readonly retention: Retention },
  signal: AbortSignal,
): Promise<readonly PrunedSnapshot[]> {
  const candidates = []
  for await (const { ref, isFinished, isProtected } of snapshots()) {
    candidates.push({ ref, time: ref.time, isFinished, isProtected })
  }
  const pruned: PrunedSnapshot[] = []
  for (const { snapshot, keep, reason } of pruneDecisions(candidates, retention, calendar)) {
    signal.throwIfAborted()
    const { ref, isProtected } = snapshot
    const held = keep || isDryRun ? undefined : await forgetUnlessHeld(forget, ref)
    pruned.push({ ref, isProtected, keep: keep || held !== undefined, reason: held ?? reason })
  }
  return pruned
}

/** What kept it, though the rules do not. It may have been protected or locked since the listing, or be gone. */
async function forgetUnlessHeld(
  forget: PrunedGroup['forget'],
  ref: SnapshotRef,
): Promise<'locked' | 'protected' | undefined> {
  try {
    await forget(ref)
    return undefined
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    if (error.code === 'snapshot/unknown') return undefined
    if (error.code === 'repository/locked') return 'locked'
    if (error.code === 'snapshot/protected') return 'protected'
    throw error
  }
}
