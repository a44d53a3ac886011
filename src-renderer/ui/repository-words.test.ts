import { expect, test } from 'vitest'
import { repositoryState } from '../../src-shared/model/repository.ts'
import { fullWords, isFillingUp, savedShare } from './repository-words.ts'

const now = new Date(2026, 10, 20).getTime()
const DAY = 24 * 3_600_000

function aRepository(usage: object | undefined, more: object = {}) {
  return repositoryState.parse({
    repository: { id: '00000000-0000-4000-8000-000000000001', name: 'x', kind: 'datastore', address: '/x', addedAt: 0 },
    capabilities: [],
    snapshots: 0,
    groups: 0,
    protectedSnapshots: 0,
    ...(usage === undefined ? {} : { usage: { availableBytes: 0, at: now, ...usage } }),
    ...more,
  })
}
const half = aRepository({ totalBytes: 100, usedBytes: 50, storedBytes: 17, logicalBytes: 100 })

test('what is saved is counted against the content', () => {
  expect(savedShare(half)).toBeCloseTo(0.83)
  expect(savedShare(aRepository(undefined))).toBeUndefined()
})

test('the future is said in one line', () => {
  expect(fullWords(half, { bytesPerWeek: 1, fullAt: new Date(2027, 0, 12).getTime() }, now)).toBe(
    'Full about 12 January',
  )
  expect(fullWords(half, { bytesPerWeek: 1, fullAt: now + 3 * 365 * DAY }, now)).toBe('Full in about 3 years')
  expect(fullWords(half, { bytesPerWeek: 0, fullAt: undefined }, now)).toBe('Not growing')
  expect(fullWords(aRepository(undefined), undefined, now)).toBe('No limit known')
  expect(fullWords(aRepository(undefined, { reachable: false }), undefined, now)).toBe('Does not answer')
})

test('nearly full is filling up even when nothing grows', () => {
  expect(isFillingUp(aRepository({ totalBytes: 100, usedBytes: 96 }), undefined, now)).toBe(true)
  expect(isFillingUp(half, undefined, now)).toBe(false)
})
