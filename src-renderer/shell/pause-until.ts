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
    { label: 'For 30 minutes', until: now + HOUR / 2 },
    { label: 'For 1 hour', until: now + HOUR },
    { label: 'For 4 hours', until: now + 4 * HOUR },
    { label: `Until tomorrow 0${MORNING_HOUR}:00`, until: tomorrowMorning(now) },
    { label: 'For a week', until: now + 7 * 24 * HOUR },
  ]
}

function tomorrowMorning(now: number): number {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1, MORNING_HOUR).getTime()
}
