import { expect, test } from 'vitest'
import { type Job, type JobEvent, job } from '../../src-shared/model/job.ts'
import { applyJobEvent, changesState, finishedJobs, type JobsState, noJobs, waitingJobs } from './jobs.ts'

const repositoryId = '00000000-0000-4000-8000-0000000000ff'

function aJob(n: number, status: object): Job {
  return job.parse({
    id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    title: `Job ${n}`,
    spec: { kind: 'collect-garbage', repositoryId },
    trigger: 'manual',
    queuedAt: n,
    reason: '',
    warnings: 0,
    status,
  })
}

function after(state: JobsState, event: JobEvent, now = 0): JobsState {
  return applyJobEvent(state, event, now)
}

const queued = { state: 'queued' }
const good = { state: 'success', startedAt: 1, endedAt: 2, summary: { doneBytes: 0, storedBytes: 0 } }

test('the first event is the whole, later ones change one job', () => {
  let state = after(noJobs, { type: 'snapshot', jobs: [aJob(1, queued), aJob(2, queued)] })
  state = after(state, { type: 'changed', job: aJob(1, good) })
  state = after(state, { type: 'removed', id: aJob(2, queued).id })
  expect([...state.byId.values()].map((each) => [each.title, each.status.state])).toEqual([['Job 1', 'success']])
})

test('a new snapshot after a broken connection forgets what is gone', () => {
  const before = after(noJobs, { type: 'snapshot', jobs: [aJob(1, queued)] })
  expect(after(before, { type: 'snapshot', jobs: [] }).byId.size).toBe(0)
})

test('what waits comes first in, first out; history comes newest first', () => {
  const { byId } = after(noJobs, {
    type: 'snapshot',
    jobs: [aJob(3, queued), aJob(1, good), aJob(2, queued), aJob(4, good)],
  })
  expect(waitingJobs(byId.values()).map((each) => each.queuedAt)).toEqual([2, 3])
  expect(finishedJobs(byId.values()).map((each) => each.queuedAt)).toEqual([4, 1])
})

function reading(doneBytes: number) {
  return {
    ...{ state: 'running', startedAt: 1 },
    progress: {
      ...{ phase: 'reading', doneBytes, storedBytes: 0, newChunks: 0, reusedChunks: 0, bytesPerSecond: 0 },
      ...{ current: [], stages: [] },
      counts: { seen: 0, stored: 0, unchanged: 0, skipped: 0, failed: 0 },
    },
  }
}

test('with progress alone only the job itself is another one', () => {
  const started = after(noJobs, { type: 'changed', job: aJob(1, reading(1)) })
  const later = after(started, { type: 'changed', job: aJob(1, reading(2)) })
  expect([...later.byId.values()][0]?.status).toMatchObject({ progress: { doneBytes: 2 } })
  expect(later.settled).toBe(started.settled)
  const paused = after(later, { type: 'changed', job: aJob(1, { ...reading(2), pausedAt: 9 }) })
  expect(paused.settled).toBe(paused.byId)
  const ended = after(paused, { type: 'changed', job: aJob(1, good) })
  expect(ended.settled).toBe(ended.byId)
})

test('calm figures follow progress once a second, and everything else at once', () => {
  const started = after(noJobs, { type: 'changed', job: aJob(1, reading(1)) }, 5000)
  const soon = after(started, { type: 'changed', job: aJob(1, reading(2)) }, 5240)
  expect(soon.calm).toBe(started.calm)
  const later = after(soon, { type: 'changed', job: aJob(1, reading(3)) }, 5960)
  expect(later.calm).toBe(later.byId)
  const ended = after(later, { type: 'changed', job: aJob(1, good) }, 5970)
  expect(ended.calm).toBe(ended.byId)
})

test('progress does not count as a change of state', () => {
  const state = after(noJobs, { type: 'snapshot', jobs: [aJob(1, queued)] })
  expect(changesState(state, { type: 'changed', job: aJob(1, queued) })).toBe(false)
  expect(changesState(state, { type: 'changed', job: aJob(1, good) })).toBe(true)
})
