import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'

export interface RestoreSource {
  readonly snapshotId: SnapshotId
  readonly paths: readonly string[]
  /** Chosen, but not in that snapshot. */
  readonly leftOut: number
}

/**
 * Which snapshot a choice is restored from. What is there comes from the point in time that is shown; ghosts come from
 * the last snapshot that has them, those of the newest one first. One restore reads one snapshot, the rest is counted.
 */
export function restoreSource(entries: readonly Entry[], shown: SnapshotId): RestoreSource {
  const live = entries.filter((entry) => entry.deletedAfter === undefined)
  if (live.length > 0) {
    return { snapshotId: shown, paths: live.map((entry) => entry.path), leftOut: entries.length - live.length }
  }
  const newest = entries.reduce<Entry['deletedAfter']>(
    (best, { deletedAfter }) =>
      best === undefined || (deletedAfter !== undefined && deletedAfter.at > best.at) ? deletedAfter : best,
    undefined,
  )
  if (newest === undefined) return { snapshotId: shown, paths: [], leftOut: 0 }
  const same = entries.filter((entry) => entry.deletedAfter?.snapshotId === newest.snapshotId)
  return {
    snapshotId: newest.snapshotId,
    paths: same.map((entry) => entry.path),
    leftOut: entries.length - same.length,
  }
}
