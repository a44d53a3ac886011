import type { SnapshotId } from '../../../src-shared/model/ids.ts'

const dayMs = 24 * 60 * 60_000

/** A snapshot as the rotation sees it. */
export interface Readable {
  readonly id: SnapshotId
  /** Snapshots of one lineage share most blocks, so they are read together. */
  readonly lineageId: string
  /** Unix milliseconds. */
  readonly madeAt: number
  /** Of the last time it was read back whole, whatever was found. */
  readonly checkedAt: number | undefined
  /** About what reading it costs beyond its neighbours: what it added to the repository. */
  readonly costBytes: number
}

/**
 * The snapshots to read back today so that each is read within `periodDays` of the last time, or of being made: those read
 * longest ago, until they are their share of the bytes, and whatever would be too late tomorrow. What is younger than a
 * day waits: it is not worth anything yet to read again what was just written.
 */
export function readBackShare(snapshots: readonly Readable[], periodDays: number, now: number): readonly SnapshotId[] {
  const since = (one: Readable): number => one.checkedAt ?? one.madeAt
  const waiting = snapshots
    .filter((one) => now - since(one) >= dayMs)
    .toSorted((a, b) => dayOf(since(a)) - dayOf(since(b)) || byPlace(a, b))
  // Nothing costs nothing: a snapshot without new bytes still has indexes and a manifest to read.
  const cost = (one: Readable): number => Math.max(1, one.costBytes)
  const share = snapshots.reduce((sum, one) => sum + cost(one), 0) / periodDays
  const chosen: SnapshotId[] = []
  let bytes = 0
  for (const one of waiting) {
    // Two days of reserve: one for the night the computer is off, one for the run itself.
    const isDue = now - since(one) >= (periodDays - 2) * dayMs
    if (!isDue && bytes >= share) continue
    chosen.push(one.id)
    bytes += cost(one)
  }
  return chosen
}

function dayOf(at: number): number {
  return Math.floor(at / dayMs)
}

function byPlace(a: Readable, b: Readable): number {
  return a.lineageId < b.lineageId ? -1 : a.lineageId > b.lineageId ? 1 : a.madeAt - b.madeAt
}
