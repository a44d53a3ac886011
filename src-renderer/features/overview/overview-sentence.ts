import type { PlanState } from '../../../src-shared/contract/plans.ts'
import { formatMoment, formatRelative } from '../../ui/format.ts'
import type { Tone } from '../../ui/status.ts'
import { capitalise, joinNames, numberWord } from '../../ui/words.ts'

export interface OverviewSentence {
  readonly title: string
  readonly lead: string
  readonly tone: Tone
}

/** Am I safe, when was the last good run, when is the next: the first thing a person reads. */
export function overviewSentence(plans: readonly PlanState[], now: number): OverviewSentence {
  return { ...headline(plans, now), lead: lastAndNext(plans, now) }
}

function headline(plans: readonly PlanState[], now: number): { readonly title: string; readonly tone: Tone } {
  const inTrouble = plans.filter((state) => state.health === 'failed' || state.health === 'late')
  const first = inTrouble[0]
  if (first !== undefined && inTrouble.length === 1) {
    const tone = first.health === 'failed' ? 'bad' : 'warn'
    if (first.health === 'failed') return { title: `${first.plan.name} did not finish its last run.`, tone }
    const since =
      first.lastGoodAt === undefined ? '' : ` Its last good run was ${formatRelative(first.lastGoodAt, now)}.`
    return { title: `${first.plan.name} is late.${since}`, tone }
  }
  if (first !== undefined) {
    const tone = inTrouble.some((state) => state.health === 'failed') ? 'bad' : 'warn'
    return {
      title: `${capitalise(numberWord(inTrouble.length))} of ${numberWord(plans.length)} plans need attention.`,
      tone,
    }
  }
  const idle = plans.filter((state) => state.health === 'never')
  if (idle.length > 0 && idle.length === plans.length) {
    return {
      title: idle.length === 1 ? `${idle[0]?.plan.name} has not run yet.` : 'No plan has run yet.',
      tone: 'quiet',
    }
  }
  const off = plans.filter((state) => state.health === 'disabled' || state.health === 'paused')
  if (off.length > 0 && off.length === plans.length) return { title: 'All plans are paused.', tone: 'quiet' }
  const kept = plans.length - idle.length - off.length
  if (idle.length + off.length > 0) {
    return {
      title: `${capitalise(numberWord(kept))} of ${numberWord(plans.length)} plans ${kept === 1 ? 'is' : 'are'} up to date.`,
      tone: 'ok',
    }
  }
  if (plans.length === 1) return { title: `${plans[0]?.plan.name} is up to date.`, tone: 'ok' }
  if (plans.length === 2) return { title: 'Both plans are up to date.', tone: 'ok' }
  return { title: `All ${numberWord(plans.length)} plans are up to date.`, tone: 'ok' }
}

function lastAndNext(plans: readonly PlanState[], now: number): string {
  const ran = plans.filter((state) => state.lastGoodAt !== undefined)
  const last = ran.toSorted((a, b) => (b.lastGoodAt ?? 0) - (a.lastGoodAt ?? 0))[0]
  const coming = plans.filter((state) => state.nextRunAt !== undefined && state.nextRunAt > now)
  const nextAt = Math.min(...coming.map((state) => state.nextRunAt ?? Number.POSITIVE_INFINITY))
  const next = coming.filter((state) => (state.nextRunAt ?? 0) - nextAt < 60_000).map((state) => state.plan.name)
  const past =
    last?.lastGoodAt === undefined
      ? 'No run has finished yet.'
      : `Last good run ${formatRelative(last.lastGoodAt, now)}: ${last.plan.name}.`
  const future =
    next.length === 0
      ? 'Nothing is planned.'
      : `Next ${formatMoment(nextAt, now).replace(/^today /, 'at ')}: ${joinNames(next)}.`
  return `${past} ${future}`
}
