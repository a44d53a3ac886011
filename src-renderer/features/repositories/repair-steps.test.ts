import { expect, test } from 'vitest'
import { type Job, job } from '../../../src-shared/model/job.ts'
import { repairStep } from './repair-steps.ts'

const id = '00000000-0000-4000-8000-000000000001'
function aJob(status: object): Job {
  const spec = { kind: 'verify', repositoryId: id }
  return job.parse({ id, title: 'x', spec, trigger: 'manual', queuedAt: 0, reason: '', warnings: 0, status })
}
const running = aJob({ state: 'queued' })
const ended = aJob({ state: 'success', startedAt: 0, endedAt: 1, summary: { doneBytes: 0, storedBytes: 0 } })
function found(corrupt: number): Job {
  const verify = { snapshots: 3, chunks: 9, corrupt, affected: [] }
  return aJob({ state: 'success', startedAt: 0, endedAt: 1, summary: { doneBytes: 0, storedBytes: 0, verify } })
}

test('a repair goes from look to look, and each step waits for the one before', () => {
  const none = { check: undefined, backups: [], checkAgain: undefined }
  expect(repairStep(none)).toBe('check')
  expect(repairStep({ ...none, check: running })).toBe('check')
  expect(repairStep({ ...none, check: found(2) })).toBe('store-again')
  expect(repairStep({ ...none, check: found(2), backups: [ended, running] })).toBe('store-again')
  expect(repairStep({ ...none, check: found(2), backups: [ended] })).toBe('check-again')
  expect(repairStep({ check: found(2), backups: [ended], checkAgain: running })).toBe('check-again')
  expect(repairStep({ check: found(2), backups: [ended], checkAgain: found(1) })).toBe('done')
})

test('where nothing is damaged there is nothing to repair', () => {
  expect(repairStep({ check: found(0), backups: [], checkAgain: undefined })).toBe('done')
})
