import { expect, test } from 'vitest'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { heatWeeks, midnight, monthLabels } from './heat-days.ts'

type Few = Pick<Snapshot, 'ref' | 'changes' | 'storedBytes' | 'verify'>

function taken(at: Date, bytes: number, verify?: 'ok' | 'failed'): Few {
  return {
    ref: { namespace: '', type: 'host', backupId: 'x', time: at.getTime() / 1000 },
    changes: { added: 0, changed: 1, removed: 0, bytes },
    ...(verify === undefined ? {} : { verify: { state: verify, at: at.getTime() } }),
  }
}

// A Friday, a little after 14:00 local time.
const friday = new Date(2026, 10, 20, 14, 6).getTime()

test('weeks begin on Monday and end with the day of the last moment', () => {
  const weeks = heatWeeks([], friday, 4)
  expect(weeks.map((week) => new Date(week.start).getDay())).toEqual([1, 1, 1, 1])
  expect(weeks.map((week) => week.days.length)).toEqual([7, 7, 7, 5])
  expect(weeks.at(-1)?.days.at(-1)?.start).toBe(midnight(friday))
})

test('a day sums its snapshots, and quarters of all days give the levels', () => {
  const days = [1, 2, 3, 4].map((day) => taken(new Date(2026, 10, 15 + day, 9), 10 ** day))
  const late = taken(new Date(2026, 10, 16, 23, 59, 59), 5)
  const [week] = heatWeeks([...days, late], friday, 1)
  expect(week?.days.map((day) => day.level)).toEqual([1, 2, 3, 4, 0])
  expect(week?.days[0]).toMatchObject({ snapshots: 2, changedBytes: 15 })
})

test('one failed verify marks its day', () => {
  const [week] = heatWeeks(
    [taken(new Date(2026, 10, 17, 8), 1), taken(new Date(2026, 10, 17, 9), 1, 'failed')],
    friday,
    1,
  )
  expect(week?.days.map((day) => day.hasFailed)).toEqual([false, true, false, false, false])
})

test('weeks stay whole where daylight saving changes the clock', () => {
  const weeks = heatWeeks([], friday, 53)
  const starts = weeks.flatMap((week) => week.days.map((day) => day.start))
  expect(new Set(starts).size).toBe(starts.length)
  expect(starts.every((start) => midnight(start) === start)).toBe(true)
})

test('months are named where they begin and never touch', () => {
  const labels = monthLabels(heatWeeks([], friday, 26))
  expect(labels.map((label) => label.name)).toEqual(['Jun', 'Jul', 'Aug', 'Sept', 'Oct', 'Nov'])
  expect(labels.every((label, at) => at === 0 || label.week - labels[at - 1]!.week >= 3)).toBe(true)
})
