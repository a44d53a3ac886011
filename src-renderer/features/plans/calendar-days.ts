import type { CalendarEntry, DayResult } from '../../../src-shared/contract/plans.ts'

/** What a calendar shows of one day. */
export interface CalendarDay {
  readonly planned: number
  /** The past by how it went; states without a run are left out. */
  readonly past: ReadonlyMap<DayResult['state'], number>
  readonly entries: readonly CalendarEntry[]
}

/** The first moment of a month and of the one after it, on this computer's clock; with the days a grid shows around it. */
export function monthWindow(month: string): { readonly from: number; readonly to: number } {
  const [year = 1970, number = 1] = month.split('-').map(Number)
  const day = 86_400_000
  return {
    from: new Date(year, number - 1, 1).getTime() - 7 * day,
    to: new Date(year, number, 1).getTime() + 14 * day,
  }
}

/** `YYYY-MM-DD` on this computer's clock, as the calendar names its days. */
export function dayOf(at: number): string {
  const date = new Date(at)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

export function calendarDays(entries: readonly CalendarEntry[]): ReadonlyMap<string, CalendarDay> {
  const days = new Map<string, CalendarDay>()
  for (const [day, some] of Map.groupBy(entries, ({ at }) => dayOf(at))) {
    const past = new Map<DayResult['state'], number>()
    for (const { kind, state } of some) if (kind === 'past') past.set(state, (past.get(state) ?? 0) + 1)
    const inOrder = some.toSorted((a, b) => a.at - b.at)
    days.set(day, { planned: some.filter(({ kind }) => kind === 'planned').length, past, entries: inOrder })
  }
  return days
}
