import type { RepositoryState } from '../../src-shared/model/repository.ts'
import { t } from '../i18n/translate.ts'
import type { Forecast } from './forecast.ts'
import { formatDate } from './format.ts'

const DAY_MS = 24 * 3_600_000
const SOON_MS = 90 * DAY_MS
const FULL_SHARE = 0.95

/** What deduplication and compression save, 0…1; absent when the repository does not know. */
export function savedShare({ usage }: RepositoryState): number | undefined {
  if (usage?.storedBytes === undefined || usage.logicalBytes === undefined || usage.logicalBytes === 0) return undefined
  return Math.max(0, 1 - usage.storedBytes / usage.logicalBytes)
}

export function isFillingUp({ usage }: RepositoryState, forecast: Forecast | undefined, now: number): boolean {
  if (usage === undefined || usage.totalBytes === 0) return false
  if (usage.usedBytes / usage.totalBytes >= FULL_SHARE) return true
  return forecast?.fullAt !== undefined && forecast.fullAt - now < SOON_MS
}

/** One line on the future of a repository: full about 12 January, not growing, no limit set. */
export function fullWords(state: RepositoryState, forecast: Forecast | undefined, now: number): string {
  const { usage } = state
  if (state.reachable === false) return t('ui.doesNotAnswer')
  if (usage === undefined || usage.totalBytes === 0) return t('ui.noLimitKnown')
  if (forecast === undefined) return t('ui.tooNew')
  if (forecast.fullAt === undefined) return t('ui.notGrowing')
  const days = (forecast.fullAt - now) / DAY_MS
  if (days < 365) return t('ui.fullAbout', { date: formatDate(forecast.fullAt, now) })
  const years = Math.round(days / 365)
  return years > 20 ? t('ui.roomForDecades') : t('ui.fullInYears', { count: years })
}
