import { expect, test } from 'vitest'
import { type Job, job } from '../../src-shared/model/job.ts'
import { applyJobEvent, changesState, finishedJobs, noJobs, waitingJobs } from './jobs.ts'

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

const queued = { state: 'queued' }
const good = { state: 'success', startedAt: 1, endedAt: 2, summary: { doneBytes: 0, storedBytes: 0 } }

test('the first event is the whole, later ones change one job', () => {
  let state = applyJobEvent(noJobs, { type: 'snapshot', jobs: [aJob(1, queued), aJob(2, queued)] })
  state = applyJobEvent(state, { type: 'changed', job: aJob(1, good) })
  state = applyJobEvent(state, { type: 'removed', id: aJob(2, queued).id })
  expect([...state.byId.values()].map((each) => [each.title, each.status.state])).toEqual([['Job 1', 'success']])
})

test('a new snapshot after a broken connection forgets what is gone', () => {
  const before = applyJobEvent(noJobs, { type: 'snapshot', jobs: [aJob(1, queued)] })
  expect(applyJobEvent(before, { type: 'snapshot', jobs: [] }).byId.size).toBe(0)
})

test('what waits comes first in, first out; history comes newest first', () => {
  const { byId } = applyJobEvent(noJobs, {
    type: 'snapshot',
    jobs: [aJob(3, queued), aJob(1, good), aJob(2, queued), aJob(4, good)],
  })
  expect(waitingJobs(byId.values()).map((each) => each.queuedAt)).toEqual([2, 3])
  expect(finishedJobs(byId.values()).map((each) => each.queuedAt)).toEqual([4, 1])
})

test('with progress alone only the job itself is another one', () => {
  const progress = (doneBytes: number, phase = 'reading') => ({
    ...{ state: 'running', startedAt: 1 },
    progress: {
      ...{
        phase,
        doneBytes,
        storedBytes: 0,
        newChunks: 0,
        reusedChunks: 0,
        bytesPerSecond: 0,
        current: [],
        stages: [],
      },
      counts: { seen: 0, stored: 0, unchanged: 0, skipped: 0, failed: 0 },
    },
  })
  const started = applyJobEvent(noJobs, { type: 'changed', job: aJob(1, progress(1)) })
  const later = applyJobEvent(started, { type: 'changed', job: aJob(1, progress(2)) })
  expect([...later.byId.values()][0]?.status).toMatchObject({ progress: { doneBytes: 2 } })
  expect(later.settled).toBe(started.settled)
  const paused = applyJobEvent(later, { type: 'changed', job: aJob(1, { ...progress(2), pausedAt: 9 }) })
  expect(paused.settled).toBe(paused.byId)
  const ended = applyJobEvent(paused, { type: 'changed', job: aJob(1, good) })
  expect(ended.settled).toBe(ended.byId)
})

test('progress does not count as a change of state', () => {
  const state = applyJobEvent(noJobs, { type: 'snapshot', jobs: [aJob(1, queued)] })
  expect(changesState(state, { type: 'changed', job: aJob(1, queued) })).toBe(false)
  expect(changesState(state, { type: 'changed', job: aJob(1, good) })).toBe(true)
})
