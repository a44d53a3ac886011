import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { planId } from '../../../src-shared/model/ids.ts'
import { backupOptions } from '../../../src-shared/model/plan.ts'
import { foldersSource } from '../../../src-shared/model/source.ts'
import { Canaries } from './canaries.ts'
import { checkCanaries } from './check-canaries.ts'

const id = planId.parse('00000000-0000-4000-8000-000000000001')

function garden() {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-canaries-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const roots = ['one', 'two'].map((name) => join(folder, name))
  for (const root of roots) mkdirSync(root)
  const plan = (isOn: boolean, paths = roots) => ({
    id,
    source: foldersSource.parse({ kind: 'folders', paths }),
    options: backupOptions.parse({ canaries: isOn }),
  })
  return { folder, roots, plan, files: roots.map((root) => join(root, '.0-holdfast-canary.docx')) }
}

test('canaries are planted once in each folder, and a changed or missing one is said', async () => {
  const { folder, files, plan } = garden()
  const planted = new Canaries(folder, () => 1000).tend(plan(true))
  expect(planted.map(({ path }) => path.toString())).toEqual(files)
  expect(await checkCanaries(planted)).toEqual([])
  appendFileSync(files[0] ?? '', 'x')
  rmSync(files[1] ?? '')
  // After a restart, and before the next run: what is gone stays gone, and is missed.
  const again = new Canaries(folder, () => 1000).tend(plan(true))
  expect(again).toEqual(planted)
  expect(await checkCanaries(again)).toEqual([`The canary ${files[0]} was changed.`, `The canary ${files[1]} is gone.`])
  const canaries = new Canaries(folder, () => 1000)
  canaries.renew(id)
  expect(await checkCanaries(canaries.tend(plan(true)))).toEqual([])
})

test('switched off, or without its folder, a plan has none and leaves none behind', async () => {
  const { folder, files, roots, plan } = garden()
  const canaries = new Canaries(folder, () => 1000)
  canaries.tend(plan(true))
  expect(readFileSync(files[0] ?? '', 'utf8')).toContain('Leave it as it is')
  expect(canaries.tend(plan(true, [roots[0] ?? '', join(folder, 'missing')]))).toHaveLength(1)
  expect(files.map((file) => existsSync(file))).toEqual([true, false])
  expect(canaries.tend(plan(false))).toEqual([])
  expect(existsSync(files[0] ?? '')).toBe(false)
})

test('snapshots must have the canaries that no rule leaves out', () => {
  const { folder, files, roots, plan } = garden()
  const canaries = new Canaries(folder, () => 5000)
  const [one, two] = canaries.tend(plan(true))
  expect(one).toMatchObject({ root: roots[0], plantedAt: 5000 })
  expect(canaries.stored(plan(true))).toEqual([one, two])
  writeFileSync(join(roots[0] ?? '', '.pxarexclude'), '# mine\n.0-*\n')
  expect(canaries.stored(plan(true))).toEqual([two])
  const { source } = plan(true)
  expect(canaries.stored({ id, source: { ...source, excludes: ['*.docx'] } })).toEqual([])
  expect(files.every((file) => existsSync(file))).toBe(true)
})
