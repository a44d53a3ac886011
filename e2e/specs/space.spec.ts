import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../harness/test.ts'
import { noise, writeTree } from '../harness/tree.ts'
import { App } from '../models/app.ts'
import { Repositories } from '../models/repositories.ts'

test('a repository says what takes the space, and what a prune would give back', async ({ window, holdfast }) => {
  const app = new App(window)
  for (const [name, seed] of [
    ['Music', 3],
    ['Papers', 5],
  ] as const) {
    await writeTree(join(holdfast.home, name), { 'first.bin': noise(2_000_000 * seed, seed) })
    if (name === 'Papers') await writeTree(join(holdfast.home, name), { '2026/tax.bin': noise(1_000_000, 11) })
    await holdfast.cli('plan', 'add', join(holdfast.home, name), '--name', name)
    await holdfast.cli('plan', 'run', name)
  }
  await writeTree(join(holdfast.home, 'Music'), { 'first.bin': noise(1_000_000, 9) })
  await holdfast.cli('plan', 'run', 'Music')
  await app.goTo('Repositories')
  const space = window.getByRole('region', { name: 'What takes the space' })
  await space.getByRole('button', { name: 'Measure now' }).click()
  const map = space.getByRole('group', { name: 'Bytes that only one source has, by source' })
  await expect(map.getByRole('button', { name: /^Papers, 10\.5 MiB, 6\d %$/ })).toBeVisible()
  await expect(space.getByRole('listitem').filter({ hasText: 'Papers' })).toContainText('10.5 MiB')
  await expect(space.getByRole('listitem').filter({ hasText: 'Music' })).toContainText('2 snapshots')

  await map.getByRole('button', { name: /^Music/ }).press('Enter')
  const folders = space.getByRole('group', { name: 'What is in this folder, by size' })
  await expect(space.getByRole('navigation', { name: 'Where the map is' })).toHaveText('All sources/Music')
  await expect(space.getByRole('row', { name: /first\.bin/ })).toContainText('977 KiB6.68 MiB')
  await expect(space.getByRole('status')).toContainText('1 file with 977 KiB.')
  await space.locator('label', { hasText: 'All snapshots' }).click()
  await expect(folders.getByRole('img', { name: /^first\.bin, 6\.68 MiB/ })).toBeVisible()
  await space.getByRole('combobox', { name: 'Snapshot' }).click()
  await window.getByRole('option').nth(1).click()
  await expect(space.getByRole('status')).toContainText('1 file with 5.72 MiB.')
  await space.getByRole('button', { name: 'Music' }).press('Backspace')
  await expect(map).toBeVisible()

  await map.getByRole('button', { name: /^Papers/ }).click()
  await folders.getByRole('button', { name: /^2026, / }).press('Enter')
  await expect(space.getByRole('button', { name: '2026' })).toBeFocused()
  await expect(space.getByRole('row', { name: /tax\.bin/ })).toContainText('977 KiB')
  await space.getByRole('button', { name: 'Papers' }).click()
  await space.getByRole('row', { name: /2026/ }).getByRole('button').press('Enter')
  await space.getByRole('button', { name: 'All sources' }).click()
  await expect(map).toBeVisible()

  const repositories = new Repositories(window)
  await repositories.keepOnly('1')
  await expect(repositories.prune).toContainText('1 of 3 snapshots would go.')
  await expect(repositories.prune).toContainText('Garbage collection would free 5.7')
})
