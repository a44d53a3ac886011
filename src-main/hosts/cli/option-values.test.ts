import { expect, it } from 'vitest'
import { hours, timeOfDay, wholeNumber } from './option-values.ts'

it('takes whole numbers between the two', () => {
  const read = wholeNumber(1, 500)
  expect(['1', '007', '500'].map(read)).toEqual([1, 7, 500])
})

it.each(['', '0', '501', '-1', '1.5', '1e3', '0x10', 'abc', ' 1', '9999999999999999999'])(
  'refuses %j as a number from 1 to 500',
  (text) => {
    expect(() => wholeNumber(1, 500)(text)).toThrow('It takes a whole number from 1 to 500.')
  },
)

it('takes hours with a fraction, and refuses what is none', () => {
  expect(['0', '24', '0.5'].map(hours)).toEqual([0, 24, 0.5])
  for (const text of ['', 'abc', '-1', '1,5', 'Infinity', 'NaN']) expect(() => hours(text)).toThrow('a number of hours')
})

it('takes a time of the day, and refuses what is none', () => {
  expect(timeOfDay('07:30')).toBe('07:30')
  for (const text of ['7:30', '24:00', '12:60', '12', 'noon']) expect(() => timeOfDay(text)).toThrow('07:30')
})
