import { expect, test } from 'vitest'
import { extendTo, moveTo, nothingSelected, rangeTo, selectOnly, toggle } from './selection.ts'

const row = (index: number) => ({ path: `a/${index}`, index })

test('Space adds and takes away, and leaves the others', () => {
  const two = toggle(toggle(nothingSelected, row(1)), row(3))
  expect([...two.paths]).toEqual(['a/1', 'a/3'])
  expect([...toggle(two, row(1)).paths]).toEqual(['a/3'])
})

test('Shift extends from where the choice began, in both directions', () => {
  const start = selectOnly(row(5))
  expect(rangeTo(start, 8)).toEqual([5, 9])
  expect(rangeTo(start, 2)).toEqual([2, 6])
  const extended = extendTo(start, row(8), ['a/5', 'a/6', 'a/7', 'a/8'])
  expect(extended.paths.size).toBe(4)
  expect(rangeTo(extended, 4)).toEqual([4, 6])
})

test('moving without choosing keeps the choice', () => {
  const chosen = selectOnly(row(2))
  const moved = moveTo(chosen, row(9))
  expect(moved.active?.index).toBe(9)
  expect(moved.paths).toBe(chosen.paths)
})
