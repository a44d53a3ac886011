import { expect, test } from 'vitest'
import { type Job, type JobProgress, job } from '../../src-shared/model/job.ts'
import { jobLine, jobStatusKind, lowerFirst, progressShare, runningSentence } from './job-words.ts'

const id = '00000000-0000-4000-8000-000000000001'
const counts = { seen: 41_200, stored: 1, unchanged: 41_199, skipped: 0, failed: 0 }
const progress: JobProgress = {
  phase: 'reading',
  counts,
  doneBytes: 112 * 2 ** 30,
  storedBytes: 0,
  newChunks: 0,
  reusedChunks: 0,
  bytesPerSecond: 20.9 * 2 ** 20,
  current: [],
  stages: [],
}

function aJob(status: object, warnings = 0): Job {
  return job.parse({
    id,
    title: 'Photos to atlas',
    spec: {
      kind: 'backup',
      source: { kind: 'folders', paths: ['/srv'] },
      repositoryId: id,
      namespace: '',
      backupId: 'photos',
      options: {},
    },
    trigger: 'manual',
    queuedAt: 0,
    reason: '',
    warnings,
    status,
  })
}

const summary = { counts, doneBytes: 10, storedBytes: 214 * 2 ** 20 }

test('while the size is unknown there is a number and no share', () => {
  expect(progressShare(progress)).toBeUndefined()
  expect(runningSentence(progress)).toBe('Counting. 41,200 files so far, 112 GiB.')
})

test('once it is known there are percent, speed and what is left', () => {
  const known = { ...progress, doneBytes: 38, totalBytes: 100, etaSeconds: 31 * 60 }
  expect(runningSentence(known)).toBe('38 %, 20.9 MiB/s, about 31 min left.')
})

test('a good job says how long and how much', () => {
  const done = aJob({ state: 'success', startedAt: 0, endedAt: 108_000, summary })
  expect([jobLine(done), jobStatusKind(done)]).toEqual(['Good, 1 min 48 s, 214 MiB stored', 'good'])
})

test('files that were left out are counted', () => {
  const done = aJob(
    { state: 'success', startedAt: 0, endedAt: 1000, summary: { ...summary, counts: { ...counts, failed: 2 } } },
    2,
  )
  expect([jobLine(done), jobStatusKind(done)]).toEqual(['Good, 1 s, 2 files left out', 'warnings'])
})

test('stopped, cancelled and interrupted are three things', () => {
  const ended = (code: string, message: string) =>
    aJob({ state: 'error', startedAt: 0, endedAt: 180_000, error: { code, message } })
  expect(jobLine(ended('disk/full', 'The disk is full.'))).toBe('Stopped after 3 min: the disk is full.')
  expect(jobStatusKind(ended('job/cancelled', 'x'))).toBe('cancelled')
  expect(jobStatusKind(ended('job/interrupted', 'x'))).toBe('interrupted')
})

test('a code in capitals keeps them inside a sentence', () => {
  expect(lowerFirst('EACCES, permission denied')).toBe('EACCES, permission denied')
})
