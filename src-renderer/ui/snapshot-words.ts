import type { Snapshot } from '../../src-shared/model/snapshot.ts'
import { language, t } from '../i18n/translate.ts'
import { daysBetween, formatAbsolute, formatDay, formatTime, formatWeekdayDate } from './format.ts'

/** The moment of a snapshot in milliseconds; its wire time is in seconds. */
export function snapshotAt(snapshot: Pick<Snapshot, 'ref'>): number {
  return snapshot.ref.time * 1000
}

/** A point in time as a heading: `Wednesday 18 November, 09:00`; with the year when it is another one. */
export function pointWords(at: number, now: number): string {
  return t('time.point', { day: plainDate(at, now, 'long'), time: formatTime(at) })
}

/** The same for a control: `Wed 18 Nov, 09:00`. */
export function shortPointWords(at: number, now: number): string {
  return t('time.point', { day: plainDate(at, now, 'short'), time: formatTime(at) })
}

/** English writes a comma after the weekday, which would be the first of two. */
function plainDate(at: number, now: number, form: 'long' | 'short'): string {
  const day = formatWeekdayDate(at, now, form)
  return language() === 'en' ? day.replace(',', '') : day
}

/** To the second, with a short weekday: `Wed 18 November 2026, 08:41:07`. */
export function shortAbsolute(at: number): string {
  return formatAbsolute(at, 'short')
}

/** In a column: `18 Nov 09:00`, and `18 Nov 2025` when it is another year. */
export function columnTime(at: number, now: number): string {
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return isThisYear ? `${formatDay(at, now)} ${formatTime(at)}` : formatDay(at, now)
}

/** Beside a size: `13:54` for today, else `9 Nov`. */
export function briefTime(at: number, now: number): string {
  return daysBetween(now, at) === 0 ? formatTime(at) : formatDay(at, now)
}

/** How the command line names a snapshot, with its namespace in front when it has one. */
export function snapshotName({ ref }: Pick<Snapshot, 'ref'>): string {
  const name = `${ref.type}/${ref.backupId}/${new Date(ref.time * 1000).toISOString().replace('.000', '')}`
  return ref.namespace === '' ? name : `${ref.namespace}:${name}`
}
