import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatAge,
  formatAgo,
  formatBytes,
  formatBytesDelta,
  formatBytesOf,
  formatCounted,
  formatDayHead,
  formatDuration,
  formatEta,
  formatMoment,
  formatPercent,
  formatRelative,
} from './format.ts'

const now = new Date(2026, 10, 20, 14, 6).getTime()
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('sizes', () => {
  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1,023 B'],
    [1024, '1.00 KiB'],
    [15_360, '15.0 KiB'],
    [214 * 2 ** 20, '214 MiB'],
    [21.4 * 2 ** 30, '21.4 GiB'],
    [999.4 * 2 ** 20, '999 MiB'],
    [999.6 * 2 ** 20, '0.98 GiB'],
    [1.66 * 2 ** 40, '1.66 TiB'],
    [-3 * 2 ** 20, '\u22123.00 MiB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  test('a size never shows more than three digits with a unit above B', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(formatBytes(bytes).replace(/[^0-9]/g, '').length).toBeLessThanOrEqual(3)
      }),
    )
  })

  test('of two sizes the unit is said once when it is the same', () => {
    expect(formatBytesOf(1.66 * 2 ** 40, 1.82 * 2 ** 40)).toBe('1.66 of 1.82 TiB')
    expect(formatBytesOf(212 * 2 ** 30, 1.82 * 2 ** 40)).toBe('212 GiB of 1.82 TiB')
  })

  test('a growth carries its sign', () => expect(formatBytesDelta(2048)).toBe('+2.00 KiB'))
})

test('one file, two files', () => {
  expect([formatCounted(1, 'file'), formatCounted(41_200, 'file')]).toEqual(['1 file', '41,200 files'])
})

test('only all of it is 100 %', () => {
  expect([formatPercent(0.384), formatPercent(0.9999), formatPercent(1)]).toEqual(['38 %', '99 %', '100 %'])
})

test.each([
  [300, 'under 1 s'],
  [41_000, '41 s'],
  [108_000, '1 min 48 s'],
  [59_900, '1 min'],
  [3 * HOUR + 5 * MINUTE, '3 h 5 min'],
  [2 * DAY + 4 * HOUR, '2 days 4 h'],
])('%d ms took %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

test.each([
  [20, 'a moment'],
  [31 * 60 + 12, '31 min'],
  [5 * 3600 + 41 * 60, '5 h 40 min'],
])('%d s are left: about %s', (seconds, text) => expect(formatEta(seconds)).toBe(text))

test('past and future are said from now', () => {
  expect(formatRelative(now - 4 * MINUTE, now)).toBe('4 min ago')
  expect(formatRelative(now - DAY, now)).toBe('1 day ago')
  expect(formatRelative(now + 54 * MINUTE, now)).toBe('in 54 min')
  expect(formatRelative(now - 5000, now)).toBe('just now')
  expect(formatAgo(now + 5000, now)).toBe('just now')
  expect(formatAge(now - 13 * HOUR, now)).toBe('13 h')
  expect(formatAge(now - 5 * DAY, now)).toBe('5 d')
})

test('near days have names, far ones a date', () => {
  expect(formatMoment(new Date(2026, 10, 20, 15, 0).getTime(), now)).toBe('today 15:00')
  expect(formatMoment(new Date(2026, 10, 19, 2, 41).getTime(), now)).toBe('yesterday 02:41')
  expect(formatMoment(new Date(2026, 10, 21, 1, 0).getTime(), now)).toBe('tomorrow 01:00')
  expect(formatMoment(new Date(2026, 10, 22, 4, 0).getTime(), now)).toBe('Sunday 04:00')
  expect(formatMoment(new Date(2026, 10, 2, 9, 0).getTime(), now)).toBe('2 Nov 09:00')
  expect(formatMoment(new Date(2025, 2, 2, 9, 0).getTime(), now)).toBe('2 Mar 2025')
  expect(formatDayHead(new Date(2026, 10, 18, 9, 0).getTime(), now)).toBe('Wednesday')
})
