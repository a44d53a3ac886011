import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { fillDiary } from '../harness/diary.ts'
import type { Holdfast } from '../harness/holdfast.ts'
import { sharedTest } from '../harness/test.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Repositories } from '../models/repositories.ts'

const test = sharedTest(fillDiary)

test('a verified repository, a simulated and a real prune, garbage collected, and a damaged block', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const activity = new Activity(window)
  const repositories = new Repositories(window)

  await test.step('verify finds everything good', async () => {
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'Verify now' }).click()
    await activity.expectGood('Verify This computer')
    await expect(activity.job('Verify This computer')).toContainText('3 snapshots')
    await expect(activity.job('Verify This computer')).toContainText('no snapshot is affected')
  })

  await test.step('the simulation removes nothing, the prune what it said', async () => {
    await app.goTo('Repositories')
    await repositories.keepOnly('1')
    await expect(repositories.prune).toContainText('2 of 3 snapshots would go.')
    await repositories.prune.getByRole('button', { name: 'List them' }).click()
    await expect(window.getByRole('dialog').getByText('goes', { exact: true })).toHaveCount(2)
    await window.keyboard.press('Escape')
    expect(await holdfast.json('snapshots')).toHaveLength(3)
    await repositories.prune.getByRole('button', { name: 'Prune 2 snapshots' }).click()
    await app.confirm('Prune 2 snapshots')
    await activity.expectGood('Prune This computer')
    expect(await holdfast.json('snapshots')).toHaveLength(1)
  })

  await test.step('garbage collection frees the blocks that nobody needs', async () => {
    await ageBlocks(holdfast)
    const before = (await blocks(holdfast)).length
    await app.goTo('Repositories')
    await repositories.maintenance.getByRole('button', { name: 'Collect: Garbage collection' }).click()
    await activity.expectGood('Free space in This computer')
    await expect(activity.job('Free space in This computer')).toContainText('Freed')
    expect((await blocks(holdfast)).length).toBeLessThan(before)
  })

  await test.step('a damaged block is found, named and shown on the overview', async () => {
    await damage(await largest(await blocks(holdfast)))
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'Verify now' }).click()
    const job = activity.job('Verify This computer')
    await expect(job).toContainText('What is affected')
    await expect(job).toContainText('song.bin')
    await app.goTo('Overview')
    await expect(window.getByRole('region', { name: 'Needs attention' })).toContainText(
      'This computer has 1 damaged block.',
    )
  })
})

async function blocks(holdfast: Holdfast): Promise<string[]> {
  const store = join(holdfast.folder, 'data', 'repository', '.chunks')
  const names = await readdir(store, { recursive: true })
  return names.filter((name) => /^[0-9a-f]{4}\/[0-9a-f]{64}$/.test(name)).map((name) => join(store, name))
}

/** Blocks touched within the last day are left alone (spec pbs: 24 hours and five minutes). */
async function ageBlocks(holdfast: Holdfast): Promise<void> {
  const longAgo = new Date('2020-01-01T00:00:00Z')
  for (const path of await blocks(holdfast)) await utimes(path, longAgo, longAgo)
}

async function largest(paths: readonly string[]): Promise<string> {
  const sized = await Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })))
  const [first] = sized.toSorted((a, b) => b.size - a.size)
  if (first === undefined) throw new Error('the repository has no blocks')
  return first.path
}

async function damage(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff
  await writeFile(path, bytes)
}
