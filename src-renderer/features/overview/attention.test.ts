import { expect, test } from 'vitest'
import { encryptionKey } from '../../../src-shared/contract/keys.ts'
import { repositoryState } from '../../../src-shared/model/repository.ts'
import { mattersOf } from './attention.ts'

const id = '00000000-0000-4000-8000-000000000001'
const now = new Date(2026, 10, 20, 14, 6).getTime()
const GiB = 2 ** 30
const nothing = { plans: [], repositories: [], keys: [], forecasts: new Map(), now }

function aRepository(more: object) {
  return repositoryState.parse({
    repository: { id, name: 'Elements', kind: 'datastore', address: '/mnt/x', addedAt: 0 },
    capabilities: [],
    reachable: true,
    usage: { totalBytes: 100 * GiB, usedBytes: 91 * GiB, availableBytes: 9 * GiB, at: now },
    snapshots: 1,
    groups: 1,
    protectedSnapshots: 0,
    ...more,
  })
}

test('a healthy world asks for nothing', () => {
  expect(mattersOf({ ...nothing, repositories: [aRepository({})] })).toEqual([])
})

test('a repository that fills soon names the day and offers the prune', () => {
  const fullAt = new Date(2027, 0, 12).getTime()
  const forecasts = new Map([[id, { bytesPerWeek: 21.4 * GiB, fullAt }]])
  expect(mattersOf({ ...nothing, repositories: [aRepository({})], forecasts })).toMatchObject([
    {
      title: 'Elements will be full around 12 January.',
      text: '91 % used, growing by 21.4 GiB a week. 9.00 GiB are free.',
      action: 'Simulate prune',
    },
  ])
})

test('damage comes before what merely does not answer', () => {
  const lastVerify = { at: now, corruptChunks: 1, checkedSnapshots: 3 }
  const titles = mattersOf({ ...nothing, repositories: [aRepository({ reachable: false, lastVerify })] }).map(
    (m) => m.title,
  )
  expect(titles).toEqual(['Elements has 1 damaged block.', 'Elements does not answer.'])
})

test('a key without its sheet is a matter until the sheet is saved', () => {
  const key = { id, name: 'studio', fingerprint: 'ab', createdAt: 0, hasPassphrase: false }
  expect(mattersOf({ ...nothing, keys: [encryptionKey.parse(key)] })).toHaveLength(1)
  expect(mattersOf({ ...nothing, keys: [encryptionKey.parse({ ...key, sheetSavedAt: 1 })] })).toHaveLength(0)
})
