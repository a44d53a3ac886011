import { expect, test } from 'vitest'
import { StageClock } from '../../repositories/stage-clock.ts'
import { StageLoads } from './stage-loads.ts'

test('loads are those of the last second, rates those of the whole run', () => {
  let now = 0
  const clock = new StageClock(() => now)
  const loads = new StageLoads(clock, () => now)
  clock.add('hash', 400, 8_000_000, 2)
  now = 500
  expect(loads.latest()).toEqual([])
  now = 1000
  expect(loads.latest()).toEqual([{ name: 'hash', busy: 0.2, bytesPerSecond: 40_000_000 }])
  clock.add('hash', 1600, 32_000_000, 2)
  now = 1900
  expect(loads.latest()[0]?.busy).toBe(0.2)
  now = 2000
  expect(loads.latest()).toEqual([{ name: 'hash', busy: 0.8, bytesPerSecond: 40_000_000 }])
  now = 4000
  expect(loads.latest()[0]?.busy).toBe(0)
  expect(loads.overall()).toEqual([{ name: 'hash', busy: 0.25, bytesPerSecond: 40_000_000 }])
})

test('what was begun shows before it ends, and nothing is more than busy', () => {
  let now = 0
  const clock = new StageClock(() => now)
  const loads = new StageLoads(clock, () => now)
  clock.begin('write')
  now = 2000
  expect(loads.latest()).toEqual([{ name: 'write', busy: 1, bytesPerSecond: 0 }])
})
