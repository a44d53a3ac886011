import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Calendar, type PruneCandidate, pruneDecisions } from './prune.ts'
import type { Retention } from './retention.ts'

const DAY = 86_400
const noon = Date.UTC(2024, 0, 31, 12) / 1000

/** UTC without weeks: enough for all rules but weekly, which has its table with the real calendar. */
const utc: Calendar = (time) => {
  const date = new Date(time * 1000)
  const day = Math.floor(time / DAY)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    isoYear: 0,
    isoWeek: Math.floor((day + 3) / 7),
  }
}

function at(time: number, more: Partial<PruneCandidate> = {}): PruneCandidate {
  return { time, isFinished: true, isProtected: false, ...more }
}

/** Newest first, as people count: `kept(...)[0]` is the newest. */
function reasons(snapshots: readonly PruneCandidate[], retention: Retention, calendar = utc): string[] {
  return pruneDecisions(snapshots, retention, calendar)
    .toReversed()
    .map(({ reason }) => reason)
}

const daily = (days: number) => Array.from({ length: days }, (_, n) => at(noon - n * DAY))

describe('prune', () => {
  it('keeps everything when there is no rule, unfinished snapshots too', () => {
    const decisions = pruneDecisions([at(2, { isFinished: false }), at(1, { isProtected: true })], {}, utc)
    expect(decisions.map(({ snapshot, keep, reason }) => [snapshot.time, keep, reason])).toEqual([
      [1, true, 'protected'],
      [2, true, 'no-rules'],
    ])
  })

  it('keeps the newest five of ten days with last 2, daily 3 (the example of the spec)', () => {
    expect(reasons(daily(10), { last: 2, daily: 3 })).toEqual([
      ...['last', 'last', 'daily', 'daily', 'daily'],
      ...Array(5).fill('not-kept'),
    ])
  })

  it('keeps the newest of each period', () => {
    const hours = Array.from({ length: 6 }, (_, n) => at(noon - n * 1800))
    expect(reasons(hours, { hourly: 2 })).toEqual(['hourly', 'hourly', 'not-kept', 'not-kept', 'not-kept', 'not-kept'])
    expect(reasons(hours, { daily: 5 })).toEqual(['daily', ...Array(5).fill('not-kept')])
  })

  it('does not spend a rule on a period that an earlier rule covers', () => {
    // From January 2024 (position 0) back to December 2022 (position 13), one a month.
    const months = Array.from({ length: 14 }, (_, n) => at(Date.UTC(2024, -n, 15) / 1000))
    const found = reasons(months, { last: 1, monthly: 2, yearly: 3 })
    // 2024 is covered by last, 2023 by monthly: only 2022 is left for yearly.
    expect(found).toEqual(['last', 'monthly', 'monthly', ...Array(10).fill('not-kept'), 'yearly'])
  })

  it('lets what an early rule removed stay removed', () => {
    const twoADay = [at(noon), at(noon - 3600), at(noon - DAY), at(noon - DAY - 3600)]
    expect(reasons(twoADay, { daily: 2, weekly: 9 })).toEqual(['daily', 'not-kept', 'daily', 'not-kept'])
  })

  it('never spends a rule on a protected snapshot', () => {
    const days = daily(4).map((each, n) => (n < 2 ? { ...each, isProtected: true } : each))
    expect(reasons(days, { daily: 1 })).toEqual(['protected', 'protected', 'daily', 'not-kept'])
    expect(reasons(days, { last: 1 })).toEqual(['protected', 'protected', 'last', 'not-kept'])
  })

  it('keeps an unfinished snapshot only when it is the newest of all', () => {
    const [newest, second, third] = daily(3)
    const unfinished = (each: PruneCandidate | undefined) => ({ ...each!, isFinished: false })
    expect(reasons([unfinished(newest), second!, third!], { last: 1 })).toEqual(['partial', 'last', 'not-kept'])
    expect(reasons([newest!, unfinished(second), third!], { last: 2 })).toEqual(['last', 'unfinished', 'last'])
    expect(reasons([newest!, { ...unfinished(second), isProtected: true }], { last: 1 })).toEqual(['last', 'protected'])
  })

  it('answers oldest first, the order in which snapshots are removed', () => {
    const times = pruneDecisions([at(2), at(3), at(1)], { last: 1 }, utc).map(({ snapshot }) => snapshot.time)
    expect(times).toEqual([1, 2, 3])
  })
})

const candidates = fc.uniqueArray(fc.integer({ min: 1, max: 400 * DAY }), { maxLength: 60 }).chain((times) =>
  fc.tuple(
    ...times.map((time) =>
      fc.record({
        time: fc.constant(time + 1_600_000_000),
        isFinished: fc.boolean(),
        isProtected: fc.boolean(),
      }),
    ),
  ),
)
const keep = fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined })
const retentions = fc.record({ last: keep, hourly: keep, daily: keep, weekly: keep, monthly: keep, yearly: keep })

describe('prune, for any group and any rules', () => {
  it('decides on every snapshot once, and keeps what is protected', () => {
    fc.assert(
      fc.property(candidates, retentions, (snapshots, retention) => {
        const decisions = pruneDecisions(snapshots, retention, utc)
        expect(decisions.map(({ snapshot }) => snapshot)).toEqual(snapshots.toSorted((a, b) => a.time - b.time))
        for (const { snapshot, keep, reason } of decisions) {
          if (snapshot.isProtected) expect([keep, reason]).toEqual([true, 'protected'])
        }
      }),
    )
  })

  it('keeps the newest finished snapshot', () => {
    fc.assert(
      fc.property(candidates, retentions, (snapshots, retention) => {
        const newest = pruneDecisions(snapshots, retention, utc).findLast(({ snapshot }) => snapshot.isFinished)
        expect(newest?.keep ?? true).toBe(true)
      }),
    )
  })

  it('keeps no more than the rules count, and nothing unfinished but the newest', () => {
    fc.assert(
      fc.property(candidates, retentions, (snapshots, retention) => {
        const decisions = pruneDecisions(snapshots, retention, utc)
        const rules = Object.entries(retention).filter(([, count]) => count !== undefined)
        for (const [rule, count] of rules) {
          expect(decisions.filter(({ reason }) => reason === rule).length).toBeLessThanOrEqual(count!)
        }
        if (rules.length === 0) return
        const unfinished = decisions.filter(
          ({ snapshot, keep, reason }) => keep && !snapshot.isFinished && reason !== 'protected',
        )
        expect(unfinished.length).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('decides the same when it runs again on what it kept', () => {
    fc.assert(
      fc.property(candidates, retentions, (snapshots, retention) => {
        const kept = pruneDecisions(snapshots, retention, utc).filter(({ keep }) => keep)
        const again = pruneDecisions(
          kept.map(({ snapshot }) => snapshot),
          retention,
          utc,
        )
        expect(again.every(({ keep }) => keep)).toBe(true)
      }),
    )
  })
})
