import type { DayResult } from '../../src-shared/contract/plans.ts'

const words: Record<DayResult['state'], string> = {
  good: 'good',
  warnings: 'good, with warnings',
  failed: 'failed',
  missed: 'missed',
  skipped: 'skipped',
  running: 'running',
  none: 'nothing planned',
}

/** One day as a sentence for a tooltip: `14 November: skipped, the battery was low`. */
export function dayWords(day: DayResult): string {
  const at = new Date(`${day.day}T12:00:00`)
  const name = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long' }).format(at)
  return `${name}: ${words[day.state]}${day.reason === undefined || day.reason === '' ? '' : `, ${day.reason}`}`
}

/** The strip as one sentence for a screen reader: `Last 30 days: 27 good, 2 skipped, 1 failed`. */
export function stripWords(days: readonly DayResult[]): string {
  const counts = new Map<DayResult['state'], number>()
  for (const day of days) counts.set(day.state, (counts.get(day.state) ?? 0) + 1)
  const said = [...counts].filter(([state]) => state !== 'none').map(([state, n]) => `${n} ${words[state]}`)
  return `Last ${days.length} days: ${said.length === 0 ? 'no runs' : said.join(', ')}`
}
