import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from '@playwright/test'
import { sharedTest } from '../harness/test.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'

const run = promisify(execFile)

/** A repository that was filled elsewhere: a thousand snapshots of one source, and one of a million entries. */
const test = sharedTest(async (holdfast) => {
  const store = join(holdfast.folder, 'Large')
  await holdfast.cli('init', store, '--name', 'Large')
  await run(process.execPath, ['e2e/harness/fill-large.ts', store, '1000000', '1000'])
  await holdfast.cli('catalog', 'rebuild')
})

test('a folder of 100,000 files in a snapshot of a million is opened, read to its end and searched', async ({
  window,
}) => {
  const app = new App(window)
  const explorer = new Explorer(window)
  await app.open('/search?q=letter-77777')
  const results = window.getByRole('region', { name: 'Results' })
  await expect(results.getByRole('link')).toHaveCount(11)
  await expect(window.getByRole('main')).toContainText('11 results in 1,001 snapshots')

  await app.goTo('Snapshots')
  await window
    .getByRole('button', { name: /archive|diary/ })
    .first()
    .click()
  await window.getByRole('menuitem', { name: /archive/ }).click()
  await expect(window.getByRole('main')).toContainText('9,001 items')
  await explorer.select('box-00000')
  await window.keyboard.press('End')
  // Scrolled to its end, the folder above must not leave the one below anywhere but at its top.
  await explorer.openFolder('Scans')
  await expect(explorer.row('scan-000000.tif')).toBeVisible()
  await expect(window.getByRole('main')).toContainText('100,000 items')
  await explorer.select('scan-000002.tif')
  await window.keyboard.press('End')
  await expect(explorer.row('scan-099999.tif')).toBeVisible()
  await expect(explorer.details).toContainText('scan-099999.tif')
  // Rows exist only where they are seen.
  expect(await explorer.table.getByRole('row').count()).toBeLessThan(120)
})

test('a thousand snapshots of one source are there to step through, compare and list', async ({ window }) => {
  const app = new App(window)
  const explorer = new Explorer(window)
  await app.goTo('Snapshots')
  await window
    .getByRole('button', { name: /archive|diary/ })
    .first()
    .click()
  await window.getByRole('menuitem', { name: /diary/ }).click()
  await expect(window.getByRole('main')).toContainText('1,000 snapshots in Large')
  await explorer.select('diary.txt')
  await expect(explorer.content).toContainText('Day 0')
  await expect(window.getByRole('region', { name: 'Versions' })).toContainText('All 1,000 versions')
  await explorer.table.focus()
  await window.keyboard.press('ArrowLeft')
  await expect(explorer.content).toContainText('Day 1')

  await app.goTo('Repositories')
  await window.getByRole('tab', { name: /Namespaces/ }).click()
  await expect(window.getByRole('row', { name: /host\/diary/ })).toContainText('1,000')
})
