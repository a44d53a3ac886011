const DAY_MS = 86_400_000

/** A week belongs to the year of its Thursday; week 1 is the one with the year's first Thursday (ISO 8601). */
export function isoWeek({ year, month, day }: { readonly year: number; readonly month: number; readonly day: number }) {
  const date = Date.UTC(year, month - 1, day)
  const daysSinceMonday = (new Date(date).getUTCDay() + 6) % 7
  const thursday = date + (3 - daysSinceMonday) * DAY_MS
  const isoYear = new Date(thursday).getUTCFullYear()
  return { isoYear, isoWeek: 1 + Math.floor((thursday - Date.UTC(isoYear, 0, 1)) / DAY_MS / 7) }
}
