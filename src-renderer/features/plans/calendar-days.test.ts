import { expect, test } from 'vitest'
import { planId } from '../../../src-shared/model/ids.ts'
import { calendarDays, dayOf, monthWindow } from './calendar-days.ts'

const plan = planId.parse('00000000-0000-4000-8000-000000000001')
const at = (day: number, hour: number) => new Date(2026, 5, day, hour).getTime()

test('the runs of a day are counted by how they went, those to come apart', () => {
  const days = calendarDays([
    { planId: plan, kind: 'planned', at: at(3, 18), state: 'none' },
    { planId: plan, kind: 'past', at: at(3, 9), state: 'failed' },
    { planId: plan, kind: 'past', at: at(3, 7), state: 'good' },
    { planId: plan, kind: 'past', at: at(2, 7), state: 'good' },
  ])
  expect([...days.keys()].toSorted()).toEqual(['2026-06-02', '2026-06-03'])
  const third = days.get('2026-06-03')
  expect([third?.planned, third?.past.get('good'), third?.past.get('failed')]).toEqual([1, 1, 1])
  expect(third?.entries.map((entry) => new Date(entry.at).getHours())).toEqual([7, 9, 18])
})

test('a month is asked for with the days its grid shows of its neighbours', () => {
  const { from, to } = monthWindow('2026-06-15')
  expect([dayOf(from), dayOf(to)]).toEqual(['2026-05-25', '2026-07-15'])
})
