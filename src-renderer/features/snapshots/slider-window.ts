import { t } from '../../i18n/translate.ts'
import { formatDay, formatMonth, formatTime, formatWeekday } from '../../ui/format.ts'
import { addDays, midnight } from './heat-days.ts'

/** The part of time that the slider shows, half open, from a local midnight to a local midnight. */
export interface TimeWindow {
  readonly from: number
  readonly to: number
}

/** Spans in days, from which the one is taken that shows enough and not too many. */
const SPANS = [7, 30, 91, 366, 1830, 3660] as const
const ENOUGH = 12
/** More ticks than pixels: then a day is shown instead of a week. */
const TOO_MANY = 400

/** The span for a source: a week, or the shortest longer one that holds a dozen snapshots around the chosen one. */
export function spanFor(times: readonly number[], selected: number): number {
  const newest = times.at(-1) ?? selected
  for (const days of SPANS) {
    const { from, to } = centredOn(selected, days, newest)
    const count = countBetween(times, from, to)
    if (days === 7 && count > TOO_MANY) return 1
    if (count >= ENOUGH) return days
    if (times.length > 0 && from <= times[0]! && to > newest) return days
  }
  return SPANS.at(-1)!
}

/** Centred, but without empty future beyond the newest snapshot or today. */
export function centredOn(at: number, days: number, end: number): TimeWindow {
  const lastEdge = addDays(midnight(end), 1)
  const to = Math.min(addDays(midnight(at), Math.ceil((days + 1) / 2)), Math.max(lastEdge, addDays(midnight(at), 1)))
  return { from: addDays(to, -days), to }
}

/** The same window as long as the point is inside of it; else the one centred on the point. */
export function windowFor(before: TimeWindow | undefined, at: number, days: number, end: number): TimeWindow {
  const isSameSpan = before !== undefined && addDays(before.from, days) === before.to
  return isSameSpan && at >= before.from && at < before.to ? before : centredOn(at, days, end)
}

/** Where a moment is in the window, 0…1. */
export function shareOf({ from, to }: TimeWindow, at: number): number {
  return (at - from) / (to - from)
}

/** Index of the time nearest to `at` in ascending `times`; -1 when there are none. */
export function nearest(times: readonly number[], at: number): number {
  const after = firstFrom(times, at)
  if (after === 0) return times.length === 0 ? -1 : 0
  if (after === times.length) return times.length - 1
  return at - times[after - 1]! <= times[after]! - at ? after - 1 : after
}

/** Index of the first time that is not before `at`. */
export function firstFrom(times: readonly number[], at: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

export function countBetween(times: readonly number[], from: number, to: number): number {
  return firstFrom(times, to) - firstFrom(times, from)
}

/** What a key of the slider does: the index it moves to, or `undefined` when it is none of its keys. */
export function keyTarget(times: readonly number[], at: number, key: string, withShift: boolean): number | undefined {
  const last = times.length - 1
  const forward = key === 'ArrowRight' || key === 'ArrowUp' || key === 'PageUp'
  const back = key === 'ArrowLeft' || key === 'ArrowDown' || key === 'PageDown'
  if (key === 'Home') return 0
  if (key === 'End') return last
  if (!forward && !back) return undefined
  if (withShift || key.startsWith('Page')) return dayStep(times, at, forward ? 1 : -1)
  return Math.min(last, Math.max(0, at + (forward ? 1 : -1)))
}

/** The snapshot of the nearest other day that has one, as close as possible to the same time of day. */
export function dayStep(times: readonly number[], at: number, step: 1 | -1): number {
  const time = times[at]
  if (time === undefined) return at
  const edge = step === 1 ? firstFrom(times, addDays(midnight(time), 1)) : firstFrom(times, midnight(time)) - 1
  const other = times[edge]
  if (other === undefined) return at
  const day = midnight(other)
  const wanted = day + (time - midnight(time))
  const from = firstFrom(times, day)
  const found = from + nearest(times.slice(from, firstFrom(times, addDays(day, 1))), wanted)
  return found
}

export interface Label {
  readonly at: number
  readonly text: string
  readonly isCurrent: boolean
}

/** Dates under the slider, with the line each begins at. */
export function windowLabels({ from, to }: TimeWindow, selected: number, now: number): readonly Label[] {
  const days = Math.round((to - from) / 86_400_000)
  if (days <= 2) return hourLabels(from, to, selected, days)
  if (days <= 7) return steps(from, to, 1, (at) => dayText(at, now), selected)
  if (days <= 31) return steps(from, to, 5, (at) => shortDate(at, now), selected)
  const months = days <= 92 ? 1 : days <= 400 ? 2 : 12
  const labels: Label[] = []
  const start = new Date(from)
  for (let month = start.getMonth() + 1; ; month++) {
    const first = new Date(start.getFullYear(), month, 1)
    if (first.getTime() >= to) break
    if (first.getMonth() % months !== 0) continue
    const next = new Date(start.getFullYear(), month + months, 1).getTime()
    const isCurrent = selected >= first.getTime() && selected < next
    labels.push({ at: first.getTime(), text: monthText(first.getTime(), months, first.getMonth() === 0), isCurrent })
  }
  return labels
}

function steps(from: number, to: number, days: number, text: (at: number) => string, selected: number): Label[] {
  const labels: Label[] = []
  for (let at = from; at < to; at = addDays(at, days)) {
    labels.push({ at, text: text(at), isCurrent: selected >= at && selected < addDays(at, days) })
  }
  return labels
}

function hourLabels(from: number, to: number, selected: number, days: number): Label[] {
  const labels: Label[] = []
  const hours = days * 4
  for (let at = from; at < to; at += hours * 3_600_000) {
    labels.push({ at, text: formatTime(at), isCurrent: selected >= at && selected < at + hours * 3_600_000 })
  }
  return labels
}

function dayText(at: number, now: number): string {
  if (midnight(now) === at) return t('snapshots.today')
  return `${formatWeekday(at, 'short')} ${new Date(at).getDate()}`
}

function shortDate(at: number, now: number): string {
  if (midnight(now) === at) return t('snapshots.today')
  return formatDay(at, at)
}

function monthText(at: number, months: number, withYear: boolean): string {
  if (months === 12) return String(new Date(at).getFullYear())
  const name = formatMonth(at, 'short')
  return withYear ? `${name} ${new Date(at).getFullYear()}` : name
}

/** Height of a tick in pixels: bytes changed on a logarithmic scale, since runs differ by powers of ten. */
export function tickHeight(bytes: number, most: number, tallest = 30): number {
  const shortest = 3
  if (bytes <= 0 || most <= 0) return shortest
  const share = Math.log2(1 + bytes / 1024) / Math.log2(1 + most / 1024)
  return Math.round(shortest + (tallest - shortest) * Math.min(1, share ** 3))
}
