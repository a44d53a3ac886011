import { expect, test } from 'vitest'
import { type Job, job } from '../../../src-shared/model/job.ts'
import { groupByDay, matches, mergeJobs, noFilter } from './job-filter.ts'

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const now = new Date(2026, 10, 20, 14, 6).getTime()
const DAY = 24 * 3_600_000

function aJob(n: number, more: object = {}): Job {
  return job.parse({
    id: id(n),
    title: `Verify atlas ${n}`,
    spec: { kind: 'verify', repositoryId: id(99) },
    trigger: 'manual',
    queuedAt: now,
    reason: '',
    warnings: 0,
    status: { state: 'success', startedAt: 0, endedAt: 1, summary: { doneBytes: 0, storedBytes: 0 } },
    ...more,
  })
}

test('a filter by state separates the good from what needs a look', () => {
  const warned = aJob(1, { warnings: 2 })
  expect([matches(warned, { ...noFilter, state: 'good' }), matches(warned, { ...noFilter, state: 'trouble' })]).toEqual(
    [false, true],
  )
})

test('text is looked for in the title, whatever its case', () => {
  expect(matches(aJob(1), { ...noFilter, text: ' ATLAS ' })).toBe(true)
  expect(matches(aJob(1), { ...noFilter, text: 'photos' })).toBe(false)
})

test('plan and kind must both fit', () => {
  expect(matches(aJob(1, { planId: id(5) }), { ...noFilter, planId: id(5), kind: 'verify' })).toBe(true)
  expect(matches(aJob(1, { planId: id(5) }), { ...noFilter, planId: id(5), kind: 'prune' })).toBe(false)
})

test('what the stream says replaces what was read', () => {
  const live = aJob(1, { title: 'newer' })
  expect(mergeJobs([aJob(1), aJob(2)], new Map([[live.id, live]])).map((each) => each.title)).toEqual([
    'newer',
    'Verify atlas 2',
  ])
})

test('days have heads', () => {
  const groups = groupByDay([aJob(1), aJob(2), aJob(3, { queuedAt: now - DAY })], now)
  expect(groups.map((group) => [group.head, group.jobs.length])).toEqual([
    ['Today', 2],
    ['Yesterday', 1],
  ])
})
