import { expect, test } from 'vitest'
import { type Job, job } from '../../../src-shared/model/job.ts'
import { failureWords } from './failure-words.ts'

const id = '00000000-0000-4000-8000-000000000001'
const elements = { name: 'Elements', snapshots: 231 }

function failed(error: object, spec: object = { kind: 'collect-garbage', repositoryId: id }): Job {
  return job.parse({
    id,
    title: 'x',
    spec,
    trigger: 'manual',
    queuedAt: 0,
    reason: '',
    warnings: 0,
    status: {
      state: 'error',
      endedAt: new Date(2026, 0, 12, 15, 3, 12).getTime(),
      error,
      summary: { doneBytes: 0, storedBytes: Math.round(1.27 * 2 ** 30) },
    },
  })
}

test('a backup that stopped counts what is safe and what is kept', () => {
  const source = { kind: 'folders', paths: ['/srv'] }
  const spec = { kind: 'backup', source, repositoryId: id, namespace: '', backupId: 'x', options: {} }
  const words = failureWords(failed({ code: 'disk/full', message: 'The disk is full.' }, spec), elements)
  expect(words).toEqual({
    happened: 'The disk is full. It stopped at 15:03:12.',
    safe: 'All 231 snapshots in Elements are complete. An unfinished snapshot is never listed. 1.27 GiB are already stored and are not copied again.',
    next: 'Free space in Elements, prune snapshots that no rule keeps, or use another repository.',
  })
})

test('the hint of whoever failed is the step', () => {
  const words = failureWords(failed({ code: 'disk/full', message: 'x', hint: 'Do this.' }), elements)
  expect(words.next).toBe('Do this.')
})

test('without a repository it does not invent counts', () => {
  expect(failureWords(failed({ code: 'internal', message: 'x' }), undefined).safe).toMatch(/^Earlier snapshots/)
})
