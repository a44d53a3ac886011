import { expect, test } from 'vitest'
import type { StoredSnapshot } from '../repository.ts'
import { VerifyProgress } from './verify-progress.ts'

const snapshot = (namespace: string, time: number, sizeBytes: bigint): StoredSnapshot => ({
  ref: { namespace, type: 'host', backupId: 'elsa', time },
  archives: [{ filename: 'root.ppxar.didx', sizeBytes, cryptMode: 'none', csum: '' }],
  notes: '',
  protected: false,
  keyFingerprint: undefined,
  verify: undefined,
  problem: undefined,
})

test('a snapshot counts when the next one is named, and all of them when the task ends', () => {
  const checked: number[] = []
  const progress = new VerifyProgress(
    [snapshot('', 1, 1n), snapshot('', 2, 2n), snapshot('a', 2, 4n), snapshot('', 3, 8n)],
    { checked: (bytes) => checked.push(bytes) },
  )
  const lines = [1, 1, 2, 9, 2].map((second) => `verify tank:host/elsa/1970-01-01T00:00:0${second}Z/root.ppxar.didx`)
  for (const line of ['starting', ...lines]) progress.add(line)
  expect(checked).toEqual([1, 2])
  progress.end()
  expect(checked.toSorted()).toEqual([1, 2, 4, 8])
})
