import type { IncrementalPolicy, MysqlFacts } from '../../../src-shared/model/mysql-source.ts'
import { chainTo } from '../../engines/xtrabackup/chain/check-chain.ts'
import { type FactsOfSnapshot, linkOf } from './chain-link.ts'

export interface LevelInput {
  readonly policy: IncrementalPolicy
  /** Of the lineage, in any order; those without facts are no database backups. */
  readonly snapshots: readonly FactsOfSnapshot[]
  /** Unix seconds. */
  readonly now: number
  /** The day of a moment on the calendar of whoever made the plan; 0 is Sunday. */
  dayOf(time: number): { readonly date: string; readonly weekday: number }
  /** The databases the plan names; none is all. Pages of others have no base. */
  readonly databases: readonly string[]
}

/**
 * What the next run builds on; `undefined` is a full. An incremental goes on from the newest snapshot, and only where that
 * one can be restored itself.
 */
export function chooseBase(input: LevelInput): FactsOfSnapshot | undefined {
  const { policy, snapshots, now, dayOf } = input
  if (policy.kind === 'never') return undefined
  const newest = snapshots.reduce<FactsOfSnapshot | undefined>(
    (best, each) => (best === undefined || each.time > best.time ? each : best),
    undefined,
  )
  if (newest === undefined || !areSame(newest.facts.only, input.databases) || isPacked(newest.facts)) return undefined
  const chain = wholeChain(newest.time, snapshots)
  const full = chain?.[0]
  if (chain === undefined || full === undefined) return undefined
  if (policy.kind === 'fullEvery') return chain.length < policy.runs ? newest : undefined
  const today = dayOf(now)
  const isDue = today.weekday === policy.weekday && dayOf(full.time).date !== today.date
  // The computer was off on that day.
  const isLate = now - full.time >= 7 * 86_400
  return isDue || isLate ? undefined : newest
}

function wholeChain(
  time: number,
  snapshots: readonly FactsOfSnapshot[],
): readonly { readonly time: number }[] | undefined {
  try {
    return chainTo(time, snapshots.map(linkOf))
  } catch {
    return undefined // it is broken, which is why the next one is a full
  }
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join(' ') === b.toSorted().join(' ')
}

function isPacked(facts: MysqlFacts): boolean {
  return facts.packings.length > 0
}
