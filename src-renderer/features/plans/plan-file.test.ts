import { expect, test } from 'vitest'
import { plan } from '../../../src-shared/model/plan.ts'
import { planToFile } from '../../../src-shared/model/plan-file.ts'
import { repository } from '../../../src-shared/model/repository.ts'
import { planFromFile } from './plan-file.ts'

const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const aRepository = (n: number, address: string) => ({
  repository: repository.parse({ id: id(n), name: 'Atlas', kind: 'datastore', address, addedAt: 0 }),
})
const saved = plan.parse({
  id: id(1),
  name: 'Home folder',
  source: { kind: 'folders', paths: ['/home/maren'], excludes: ['*.iso'] },
  backupId: 'tern-home',
  destinations: [
    { repositoryId: id(2), retention: { daily: 14 } },
    { repositoryId: id(3), retention: { monthly: 12 } },
  ],
  schedule: { kind: 'daily', at: '13:00', timeZone: 'Europe/Oslo' },
  conditions: {},
  options: { cryptMode: 'encrypt', keyId: id(9) },
  retry: {},
  hooks: {},
  enabled: true,
  createdAt: 0,
})
const here = [aRepository(2, '/mnt/atlas'), aRepository(3, '/mnt/second')]
const named = here.map((each) => each.repository)

test('a plan comes back from its file as a draft of a new one', () => {
  const { id: _, createdAt: __, ...rest } = saved
  expect(planFromFile(planToFile(saved, named), here, [id(9)])).toEqual(rest)
})

test('on another computer repositories are found by their address, unknown ones and keys are left out', () => {
  const draft = planFromFile(planToFile(saved, named), [aRepository(7, '/mnt/second')], [])
  expect(draft?.destinations).toEqual([{ repositoryId: id(7), namespace: '', retention: { monthly: 12 } }])
  expect(draft?.options.keyId).toBeUndefined()
})

test('anything else is no plan', () => {
  for (const text of ['', '{', '[]', '{"format":"holdfast-plan","version":2}', '{"format":"other"}']) {
    expect(planFromFile(text, here, [])).toBeUndefined()
  }
})
