import { expect, test } from 'vitest'
import { plansIn } from './machine-plans.ts'

const cell = (text: string) => ({ text, color: '' })
const table = (...rows: string[][]) => ({
  buffered: false,
  events: [{ kind: 'table' as const, at: 1, headers: ['Plan', 'Id', 'State'], rows: rows.map((row) => row.map(cell)) }],
})

test('plans are read from the table that a runner prints', () => {
  expect(plansIn(undefined, table(['Documents', 'a1', 'good'], ['Home', 'b2', 'from-the-future']))).toEqual([
    { name: 'Documents', id: 'a1', health: 'good' },
    { name: 'Home', id: 'b2', health: undefined },
  ])
  expect(plansIn(undefined, table())).toEqual([])
})

test('rows that hold no plan are left out, and other output changes nothing', () => {
  expect(plansIn(undefined, table(['only a name']))).toEqual([])
  const known = [{ name: 'Home', id: 'b2', health: undefined }]
  expect(plansIn(known, { buffered: true, events: [] })).toBe(known)
  expect(plansIn(undefined, { buffered: true, events: [] })).toBeUndefined()
})
