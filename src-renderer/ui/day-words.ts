import type { DayResult } from '../../src-shared/contract/plans.ts'
import { translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'
import { formatCounted, formatDate } from './format.ts'

/** One day as a sentence for a tooltip: `14 November: skipped, the battery was low`. */
export function dayWords({ day, state, reason }: DayResult): string {
  const at = new Date(`${day}T12:00:00`).getTime()
  const said = { day: formatDate(at, at), state: t(`ui.day_${state}`) }
  if (reason === undefined || reason === '') return t('ui.dayWords', said)
  return t('ui.dayWordsBecause', { ...said, reason: translateSaid(reason) })
}

/** The strip as one sentence for a screen reader: `Last 30 days: 27 good, 2 skipped, 1 failed`. */
export function stripWords(days: readonly DayResult[]): string {
  const counts = new Map<DayResult['state'], number>()
  for (const day of days) counts.set(day.state, (counts.get(day.state) ?? 0) + 1)
  const said = [...counts].filter(([state]) => state !== 'none').map(([state, n]) => `${n} ${t(`ui.day_${state}`)}`)
  const what = said.length === 0 ? t('ui.noRuns') : said.join(', ')
  return t('ui.last30Days', { days: formatCounted(days.length, 'day'), what })
}
