import { assertNever } from '../assert-never.ts'
import type { Retention } from './retention.ts'

/** What the rules need to know of a snapshot. Times are Unix seconds and differ within a group. */
export interface PruneCandidate {
  readonly time: number
  /** It has a manifest. */
  readonly isFinished: boolean
  readonly isProtected: boolean
}

/** A moment as a calendar shows it, in whatever zone the caller lives in. */
export interface CalendarTime {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  /** ISO 8601: the week belongs to the year that holds its Thursday. */
  readonly isoYear: number
  readonly isoWeek: number
}

/** Unix seconds on the calendar of a zone. */
export type Calendar = (time: number) => CalendarTime

export type PruneRule = 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly'

/**
 * Why a snapshot stays or goes: kept by a rule, by its protection, because no rule was given, or because it is the
 * newest and still being written (`partial`); gone because no rule wants it, or because it was left unfinished.
 */
export type PruneReason = PruneRule | 'protected' | 'no-rules' | 'partial' | 'not-kept' | 'unfinished'

export interface PruneDecision<Candidate extends PruneCandidate = PruneCandidate> {
  readonly snapshot: Candidate
  readonly keep: boolean
  readonly reason: PruneReason
}

const rules: readonly PruneRule[] = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']

/**
 * What to keep of the snapshots of one group, oldest first: the algorithm of spec pbs §8.5, mark for mark. Without any
 * rule everything stays, unfinished snapshots too.
 */
export function pruneDecisions<Candidate extends PruneCandidate>(
  snapshots: readonly Candidate[],
  retention: Retention,
  calendar: Calendar,
): PruneDecision<Candidate>[] {
  const newestFirst = snapshots.toSorted((a, b) => b.time - a.time)
  const hasRules = rules.some((rule) => retention[rule] !== undefined)
  const marks = hasRules ? markAll(newestFirst, retention, calendar) : new Map<Candidate, Mark>()
  const unmarked: Mark = hasRules ? { keep: false, reason: 'not-kept' } : { keep: true, reason: 'no-rules' }
  return newestFirst.toReversed().map((snapshot) => {
    if (snapshot.isProtected) return { snapshot, keep: true, reason: 'protected' }
    return { snapshot, ...(marks.get(snapshot) ?? unmarked) }
  })
}

interface Mark {
  readonly keep: boolean
  readonly reason: PruneReason
}

function markAll<Candidate extends PruneCandidate>(
  newestFirst: readonly Candidate[],
  retention: Retention,
  calendar: Calendar,
): ReadonlyMap<Candidate, Mark> {
  const marks = new Map<Candidate, Mark>()
  newestFirst.forEach((snapshot, position) => {
    if (snapshot.isFinished) return
    marks.set(snapshot, position === 0 ? { keep: true, reason: 'partial' } : { keep: false, reason: 'unfinished' })
  })
  for (const rule of rules) {
    const count = retention[rule]
    if (count !== undefined) applyRule(newestFirst, marks, { rule, count, calendar })
  }
  return marks
}

interface RuleUse {
  readonly rule: PruneRule
  readonly count: number
  readonly calendar: Calendar
}

function applyRule<Candidate extends PruneCandidate>(
  newestFirst: readonly Candidate[],
  marks: Map<Candidate, Mark>,
  { rule, count, calendar }: RuleUse,
): void {
  const periodOf = (snapshot: Candidate) => period(rule, snapshot.time, calendar)
  // Periods that an earlier rule covers do not consume the count. A partial or protected snapshot covers nothing.
  const covered = new Set(newestFirst.filter((each) => isKeptByRule(marks.get(each))).map(periodOf))
  const seen = new Set<string>()
  for (const snapshot of newestFirst) {
    if (marks.has(snapshot)) continue
    if (snapshot.isProtected) {
      marks.set(snapshot, { keep: true, reason: 'protected' })
      continue
    }
    const id = periodOf(snapshot)
    if (covered.has(id)) continue
    if (seen.has(id)) {
      marks.set(snapshot, { keep: false, reason: 'not-kept' })
      continue
    }
    if (seen.size >= count) return
    seen.add(id)
    marks.set(snapshot, { keep: true, reason: rule })
  }
}

function isKeptByRule(mark: Mark | undefined): boolean {
  return mark?.keep === true && mark.reason !== 'partial' && mark.reason !== 'protected'
}

/** Two snapshots with the same text are in the same period. */
function period(rule: PruneRule, time: number, calendar: Calendar): string {
  if (rule === 'last') return String(time)
  const { year, month, day, hour, isoYear, isoWeek } = calendar(time)
  switch (rule) {
    case 'hourly':
      return `${year}/${month}/${day}/${hour}`
    case 'daily':
      return `${year}/${month}/${day}`
    case 'weekly':
      return `${isoYear}/${isoWeek}`
    case 'monthly':
      return `${year}/${month}`
    case 'yearly':
      return `${year}`
    default:
      return assertNever(rule)
  }
}
