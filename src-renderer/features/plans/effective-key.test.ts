import { expect, test } from 'vitest'
import { backupOptions, type PlanDraft } from '../../../src-shared/model/plan.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { effectiveKeyId } from './effective-key.ts'

const id = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`
const repository = (digit: number, keyDigit?: number) =>
  ({ repository: { id: id(digit), ...(keyDigit === undefined ? {} : { keyId: id(keyDigit) }) } }) as Pick<
    RepositoryState,
    'repository'
  >
const draft = (options: object, ...digits: number[]) =>
  ({
    options: backupOptions.parse(options),
    destinations: digits.map((digit) => ({ repositoryId: id(digit), namespace: '', retention: {} })),
  }) as unknown as Pick<PlanDraft, 'options' | 'destinations'>

test('the key of the plan comes before those of its repositories; without any nothing is encrypted', () => {
  const repositories = [repository(1), repository(2, 8)]
  expect(effectiveKeyId(draft({ keyId: id(9), cryptMode: 'encrypt' }, 1, 2), repositories)).toBe(id(9))
  expect(effectiveKeyId(draft({}, 1, 2), repositories)).toBe(id(8))
  expect(effectiveKeyId(draft({}, 1), repositories)).toBeUndefined()
  expect(effectiveKeyId(draft({}, 3), repositories)).toBeUndefined()
})
