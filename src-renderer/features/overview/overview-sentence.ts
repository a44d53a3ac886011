import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { OpenAnomaly } from '../../../src-shared/model/anomaly.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { formatAgo, formatMomentAt } from '../../ui/format.ts'
import type { Tone } from '../../ui/status.ts'
import { capitalise, joinNames, numberWord } from '../../ui/words.ts'

export interface OverviewSentence {
  readonly title: string
  readonly lead: string
  readonly tone: Tone
}

/** Am I safe, when was the last good run, when is the next: the first thing a person reads. */
export function overviewSentence(
  plans: readonly PlanState[],
  now: number,
  anomalies: readonly Pick<OpenAnomaly, 'title'>[] = [],
): OverviewSentence {
  return { ...(suspicion(anomalies) ?? headline(plans, now)), lead: lastAndNext(plans, now) }
}

/** Files that may have been encrypted by somebody else come before anything a schedule has to say. */
function suspicion(
  anomalies: readonly Pick<OpenAnomaly, 'title'>[],
): { readonly title: string; readonly tone: Tone } | undefined {
  const [first] = anomalies
  if (first === undefined) return undefined
  const title =
    anomalies.length === 1
      ? t('overview.looksUnusual', { name: translateSaid(first.title) })
      : t('overview.severalUnusual', { n: numberWord(anomalies.length) })
  return { title: capitalise(title), tone: 'bad' }
}

function headline(plans: readonly PlanState[], now: number): { readonly title: string; readonly tone: Tone } {
  const inTrouble = plans.filter((state) => state.health === 'failed' || state.health === 'late')
  const first = inTrouble[0]
  if (first !== undefined && inTrouble.length === 1) {
    const tone = first.health === 'failed' ? 'bad' : 'warn'
    if (first.health === 'failed') return { title: t('overview.didNotFinish', { name: first.plan.name }), tone }
    if (first.lastGoodAt === undefined) return { title: t('overview.isLate', { name: first.plan.name }), tone }
    const when = formatAgo(first.lastGoodAt, now)
    return { title: t('overview.lateSince', { name: first.plan.name, when }), tone }
  }
  if (first !== undefined) {
    const tone = inTrouble.some((state) => state.health === 'failed') ? 'bad' : 'warn'
    return {
      title: t('overview.needAttention', someOf(inTrouble.length, plans.length)),
      tone,
    }
  }
  const idle = plans.filter((state) => state.health === 'never')
  if (idle.length > 0 && idle.length === plans.length) {
    return {
      title: idle.length === 1 ? t('overview.notRunYet', { name: idle[0]?.plan.name ?? '' }) : t('overview.noneRunYet'),
      tone: 'quiet',
    }
  }
  const off = plans.filter((state) => state.health === 'disabled' || state.health === 'paused')
  if (off.length > 0 && off.length === plans.length) return { title: t('overview.allPaused'), tone: 'quiet' }
  const kept = plans.length - idle.length - off.length
  if (idle.length + off.length > 0) {
    return {
      title: t('overview.someUpToDate', someOf(kept, plans.length)),
      tone: 'ok',
    }
  }
  if (plans.length === 1) return { title: t('overview.isUpToDate', { name: plans[0]?.plan.name ?? '' }), tone: 'ok' }
  if (plans.length === 2) return { title: t('overview.bothUpToDate'), tone: 'ok' }
  return { title: t('overview.allUpToDate', { all: numberWord(plans.length) }), tone: 'ok' }
}

/** `Two of three`: the first as a word, as it begins the sentence. */
function someOf(count: number, all: number) {
  return { count, word: capitalise(numberWord(count)), all: numberWord(all) }
}

function lastAndNext(plans: readonly PlanState[], now: number): string {
  const ran = plans.filter((state) => state.lastGoodAt !== undefined)
  const last = ran.toSorted((a, b) => (b.lastGoodAt ?? 0) - (a.lastGoodAt ?? 0))[0]
  const coming = plans.filter((state) => state.nextRunAt !== undefined && state.nextRunAt > now)
  const nextAt = Math.min(...coming.map((state) => state.nextRunAt ?? Number.POSITIVE_INFINITY))
  const next = coming.filter((state) => (state.nextRunAt ?? 0) - nextAt < 60_000).map((state) => state.plan.name)
  const past =
    last?.lastGoodAt === undefined
      ? t('overview.noRunFinished')
      : t('overview.lastGoodRun', { when: formatAgo(last.lastGoodAt, now), name: last.plan.name })
  const future =
    next.length === 0
      ? t('overview.nothingPlanned')
      : t('overview.next', { when: formatMomentAt(nextAt, now), names: joinNames(next) })
  return `${past} ${future}`
}
