import { expect, test } from 'vitest'
import { planDraft } from '../../../src-shared/model/plan.ts'
import { repositoryState } from '../../../src-shared/model/repository.ts'
import { checkDraft, isToBeMade, newDraft } from './draft.ts'

const id = '00000000-0000-4000-8000-000000000001'
const atlas = repositoryState.parse({
  repository: { id, name: 'atlas', kind: 'datastore', address: '/x', addedAt: 0 },
  capabilities: [],
  snapshots: 0,
  groups: 0,
  protectedSnapshots: 0,
})
const context = { computer: 'Fjord', timeZone: 'Europe/Oslo', homeDirectory: '/home/maren', repositories: [atlas] }

test('a folder and a repository are enough for a plan that can be saved', () => {
  const draft = newDraft('/home/maren/Pictures', context)
  expect([draft.name, draft.backupId]).toEqual(['Pictures', 'fjord-pictures'])
  expect(checkDraft(draft).size).toBe(0)
  expect(planDraft.safeParse(draft).success).toBe(true)
})

test('without any repository a plan can be saved: one is made then', () => {
  const draft = newDraft('/srv', { ...context, repositories: [] })
  expect([isToBeMade(draft), checkDraft(draft).size]).toEqual([true, 0])
})

test('the home folder and the root have names of their own', () => {
  expect(newDraft('/home/maren', context).name).toBe('Home folder')
  expect(newDraft('/', context).name).toBe('Whole computer')
})

test('what is missing is said by step', () => {
  const problems = checkDraft({ ...newDraft(undefined, context), destinations: [] })
  expect([...problems.keys()].toSorted()).toEqual(['name', 'what', 'where'])
})

test('encryption without a key is noticed before it is sent', () => {
  const draft = newDraft('/srv', context)
  expect(checkDraft({ ...draft, options: { ...draft.options, cryptMode: 'encrypt' } }).get('where')).toMatch(/key/)
})
