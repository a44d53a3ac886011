import { expect, test } from 'vitest'
import type { DayResult } from '../../src-shared/contract/plans.ts'
import { dayWords, stripWords } from './day-words.ts'

const day = (state: DayResult['state'], reason?: string): DayResult => ({
  day: '2026-11-14',
  state,
  jobIds: [],
  ...(reason === undefined ? {} : { reason }),
})

test('a skipped day says why', () => {
  expect(dayWords(day('skipped', 'the battery was low'))).toMatch(/14.*: skipped, the battery was low$/)
})

test('the strip is one sentence, days without a run are not counted', () => {
  expect(stripWords([day('good'), day('good'), day('failed'), day('none')])).toBe('Last 4 days: 2 good, 1 failed')
  expect(stripWords([day('none')])).toBe('Last 1 day: no runs')
})
