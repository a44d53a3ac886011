import { formatMonth } from '../../ui/format.ts'
export interface PruneEntry {
  readonly snapshot: string
  readonly at: number
  readonly keep: boolean
  readonly protected: boolean
  readonly reason?: string | undefined
}

export interface MonthBar {
  readonly name: string
  readonly stay: number
  readonly go: number
}

/** Snapshots by the month they were made, oldest first; months without any are there too, so that time stays even. */
export function byMonth(entries: readonly PruneEntry[]): readonly MonthBar[] {
  if (entries.length === 0) return []
  const times = entries.map(({ at }) => at)
  const cursor = firstOfMonth(Math.min(...times))
  const last = firstOfMonth(Math.max(...times)).getTime()
  const bars: MonthBar[] = []
  for (; cursor.getTime() <= last; cursor.setMonth(cursor.getMonth() + 1)) {
    const start = cursor.getTime()
    const inMonth = entries.filter(({ at }) => firstOfMonth(at).getTime() === start)
    const go = inMonth.filter(goes).length
    bars.push({
      name: formatMonth(cursor, 'withYear'),
      stay: inMonth.length - go,
      go,
    })
  }
  return bars
}

export function totals(entries: readonly PruneEntry[]): {
  readonly stay: number
  readonly go: number
  readonly pinned: number
} {
  const go = entries.filter(goes).length
  return { stay: entries.length - go, go, pinned: entries.filter((entry) => entry.protected).length }
}

function goes(entry: PruneEntry): boolean {
  return !entry.keep && !entry.protected
}

function firstOfMonth(at: number): Date {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), 1)
}
