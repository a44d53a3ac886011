import { t } from '../i18n/translate.ts'

const HOUR = 3_600_000
/** A pause "until tomorrow" ends before the working day. */
const MORNING_HOUR = 7

export interface PauseChoice {
  readonly label: string
  readonly until: number
}

/** What the pause menu offers, counted from now. */
export function pauseChoices(now: number): readonly PauseChoice[] {
  return [
    { label: t('shell.for30Minutes'), until: now + HOUR / 2 },
    { label: t('shell.for1Hour'), until: now + HOUR },
    { label: t('shell.for4Hours'), until: now + 4 * HOUR },
    { label: t('shell.untilTomorrow'), until: tomorrowMorning(now) },
    { label: t('shell.forAWeek'), until: now + 7 * 24 * HOUR },
  ]
}

function tomorrowMorning(now: number): number {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1, MORNING_HOUR).getTime()
}
