import { expect, test } from 'vitest'
import { pauseChoices } from './pause-until.ts'

test('tomorrow is the next calendar day at seven, whatever the hour', () => {
  const lateEvening = new Date(2026, 10, 20, 23, 50).getTime()
  const tomorrow = pauseChoices(lateEvening).find((choice) => choice.label.startsWith('Until'))
  expect(new Date(tomorrow?.until ?? 0)).toEqual(new Date(2026, 10, 21, 7, 0))
})

test('every choice ends later than the one before, but for the morning', () => {
  const spans = pauseChoices(1_000_000)
    .filter((choice) => choice.label.startsWith('For'))
    .map((choice) => choice.until)
  expect(spans).toEqual([...spans].sort((a, b) => a - b))
})
