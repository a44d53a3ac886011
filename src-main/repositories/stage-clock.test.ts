import { expect, test } from 'vitest'
import { StageClock } from './stage-clock.ts'

test('times of threads add up; overlapping work counts once, and while it is under way', () => {
  let now = 1000
  const clock = new StageClock(() => now)
  clock.begin('write')
  now += 10
  clock.begin('write')
  now += 10
  clock.end('write', 500)
  now += 10
  clock.add('hash', 7, 100, 2)
  clock.add('hash', 8, 100, 2)
  const hash = { name: 'hash', busyMs: 15, bytes: 200, threads: 2 }
  expect(clock.totals()).toEqual([hash, { name: 'write', busyMs: 30, bytes: 500, threads: 1 }])
  clock.end('write', 1)
  now += 1000
  expect(clock.totals()).toEqual([hash, { name: 'write', busyMs: 30, bytes: 501, threads: 1 }])
})

test('a stage inside another takes its time from it', () => {
  let now = 0
  const clock = new StageClock(() => now)
  clock.begin('read')
  now = 30
  clock.add('chunk', 10, 5)
  clock.add('read', -10, 0)
  expect(clock.totals().map(({ name, busyMs }) => [name, busyMs])).toEqual([
    ['read', 20],
    ['chunk', 10],
  ])
})
