import { expect, test } from 'vitest'
import { moveTarget } from './row-keys.ts'

test('keys stop at both ends of the list', () => {
  expect(moveTarget('ArrowUp', 0, 10, 5)).toBe(0)
  expect(moveTarget('ArrowDown', 9, 10, 5)).toBe(9)
  expect(moveTarget('PageDown', 7, 10, 5)).toBe(9)
  expect(moveTarget('End', 0, 100_000, 5)).toBe(99_999)
  expect(moveTarget('ArrowDown', 0, 0, 5)).toBeUndefined()
  expect(moveTarget('q', 0, 10, 5)).toBeUndefined()
})

test('the first arrow goes to the first row, and pages need their length', () => {
  expect(moveTarget('ArrowDown', -1, 3)).toBe(0)
  expect(moveTarget('ArrowUp', -1, 3)).toBe(0)
  expect(moveTarget('PageDown', 1, 3)).toBeUndefined()
})
