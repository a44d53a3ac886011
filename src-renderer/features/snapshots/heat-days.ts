import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { formatMonth } from '../../ui/format.ts'
import { snapshotAt } from '../../ui/snapshot-words.ts'

export interface HeatDay {
  /** Local midnight. */
  readonly start: number
  /** 0 no snapshot, 1…4 by quarter of the bytes that changed. */
  readonly level: 0 | 1 | 2 | 3 | 4
  readonly snapshots: number
  readonly changedBytes: number
  readonly hasFailed: boolean
}

export interface HeatWeek {
  /** The Monday, at local midnight. */
  readonly start: number
  /** Monday first; days after the last one are missing. */
  readonly days: readonly HeatDay[]
}

/** Bytes that a snapshot changed, as far as anybody knows. */
export function changedBytesOf(snapshot: Pick<Snapshot, 'changes' | 'storedBytes'>): number {
  return snapshot.changes?.bytes ?? snapshot.storedBytes ?? 0
}

/** The weeks up to the one of `last`, each day with what its snapshots changed. */
export function heatWeeks(
  snapshots: readonly Pick<Snapshot, 'ref' | 'changes' | 'storedBytes' | 'verify'>[],
  last: number,
  weeks: number,
): readonly HeatWeek[] {
  const byDay = new Map<number, { snapshots: number; changedBytes: number; hasFailed: boolean }>()
  for (const snapshot of snapshots) {
    const start = midnight(snapshotAt(snapshot))
    const day = byDay.get(start) ?? { snapshots: 0, changedBytes: 0, hasFailed: false }
    day.snapshots++
    day.changedBytes += changedBytesOf(snapshot)
    day.hasFailed ||= snapshot.verify?.state === 'failed'
    byDay.set(start, day)
  }
  const quarters = quartersOf([...byDay.values()].map((day) => day.changedBytes))
  const lastDay = midnight(last)
  const monday = addDays(lastDay, -((new Date(lastDay).getDay() + 6) % 7))
  return Array.from({ length: weeks }, (_, week) => {
    const start = addDays(monday, (week - weeks + 1) * 7)
    const days: HeatDay[] = []
    for (let weekday = 0; weekday < 7; weekday++) {
      const at = addDays(start, weekday)
      if (at > lastDay) break
      const day = byDay.get(at)
      days.push({
        start: at,
        level: day === undefined ? 0 : levelOf(day.changedBytes, quarters),
        snapshots: day?.snapshots ?? 0,
        changedBytes: day?.changedBytes ?? 0,
        hasFailed: day?.hasFailed ?? false,
      })
    }
    return { start, days }
  })
}

/** Names of the months over the weeks in which they begin; one that would touch the one before it is left out. */
export function monthLabels(weeks: readonly HeatWeek[]): readonly { readonly week: number; readonly name: string }[] {
  const labels: { week: number; name: string }[] = []
  for (const [week, { start }] of weeks.entries()) {
    const month = new Date(start).getMonth()
    const before = weeks[week - 1]
    if (before === undefined || new Date(before.start).getMonth() === month) continue
    if (week - (labels.at(-1)?.week ?? -9) < 3) continue
    labels.push({ week, name: formatMonth(start, 'short') })
  }
  return labels
}

export function midnight(at: number): number {
  const date = new Date(at)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** So many local days later, whatever daylight saving does in between. */
export function addDays(start: number, days: number): number {
  const date = new Date(start)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime()
}

function quartersOf(values: readonly number[]): readonly [number, number, number] {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  return [at(0.25), at(0.5), at(0.75)]
}

function levelOf(bytes: number, [first, second, third]: readonly [number, number, number]): 1 | 2 | 3 | 4 {
  if (bytes <= first) return 1
  if (bytes <= second) return 2
  return bytes <= third ? 3 : 4
}
