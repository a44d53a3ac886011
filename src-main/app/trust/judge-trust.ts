import type { PlanTrust } from '../../../src-shared/model/trust.ts'

const dayMs = 24 * 60 * 60_000
/** A restore that was tried within this time still says something of today. */
const testLastsDays = 30

/** What is known of a plan's snapshots in one repository, gathered before it is judged (style C4). */
export interface TrustFacts {
  readonly snapshots: readonly {
    readonly madeAt: number
    readonly verify: { readonly state: 'ok' | 'failed'; readonly at: number } | undefined
  }[]
  readonly restoreTest: PlanTrust['restoreTest']
  readonly periodDays: number
  readonly now: number
}

export type Judged = Pick<PlanTrust, 'state' | 'snapshots' | 'checked' | 'damaged' | 'readBackSince'>

/** `proven` is everything read back within the period, and a restore that went well; anything less is `partly`. */
export function judgeTrust({ snapshots, restoreTest, periodDays, now }: TrustFacts): Judged {
  const since = now - periodDays * dayMs
  const damaged = snapshots.filter(({ verify }) => verify?.state === 'failed').length
  const read = snapshots.flatMap(({ verify }) => (verify?.state === 'ok' ? [verify.at] : []))
  const checked = read.filter((at) => at >= since).length
  // What is of the last day has not had its turn yet, and says nothing against the rest.
  const unread = snapshots.filter(({ madeAt, verify }) => verify === undefined && now - madeAt >= 2 * dayMs).length
  const oldest = read.length === 0 || unread > 0 ? {} : { readBackSince: Math.min(...read) }
  const counts = { snapshots: snapshots.length, checked, damaged, ...oldest }
  if (snapshots.length === 0) return { state: 'none', ...counts }
  if (damaged > 0 || restoreTest?.isGood === false) return { state: 'damaged', ...counts }
  const isTested = restoreTest !== undefined && restoreTest.files > 0 && now - restoreTest.at <= testLastsDays * dayMs
  const isRead = read.length > 0 && unread === 0 && read.every((at) => at >= since)
  if (isTested && isRead) return { state: 'proven', ...counts }
  return { state: isTested || checked > 0 ? 'partly' : 'unproven', ...counts }
}
