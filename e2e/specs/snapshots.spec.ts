import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { fillDiary } from '../harness/diary.ts'
import { sharedTest } from '../harness/test.ts'
import { App } from '../models/app.ts'
import { Compare } from '../models/compare.ts'
import { Explorer } from '../models/explorer.ts'
import { RestorePanel } from '../models/restore.ts'

const test = sharedTest(fillDiary)

test('a file shows its three versions and the disk, and each version shows its content', async ({ window }) => {
  const explorer = new Explorer(window)
  await new App(window).goTo('Snapshots')
  await explorer.select('report.txt')
  await expect(window.getByRole('heading', { name: 'All 3 versions' })).toBeVisible()
  await expect(explorer.versions).toHaveCount(4)
  await expect(explorer.versions.first()).toContainText('On disk now')
  await expect(explorer.content).toContainText('The third version.')

  await explorer.versions.last().click()
  await expect(explorer.content).toContainText('The first version.')
  await expect(explorer.row('gone.txt')).toBeVisible()
})

test('a file that was deleted is a ghost that can be brought back', async ({ window, holdfast }) => {
  const explorer = new Explorer(window)
  await new App(window).goTo('Snapshots')
  await expect(explorer.row('gone.txt')).toContainText('deleted')
  await window.getByRole('switch', { name: 'Show deleted' }).click()
  await expect(explorer.row('gone.txt')).toBeHidden()
  await window.getByRole('switch', { name: 'Show deleted' }).click()
  await explorer.select('gone.txt')
  await explorer.details.getByRole('button', { name: 'Restore the last copy' }).click()
  const restore = new RestorePanel(window)
  await restore.intoNewFolder('Ghosts')
  await restore.start()
  await expect(restore.panel.getByRole('heading', { name: '1 file is back.' })).toBeVisible()
  const rescued = join(holdfast.home, 'Ghosts', 'gone.txt')
  expect(await readFile(rescued, 'utf8')).toBe('Nobody needs this any more.\n')
})

test('a picture is shown as a picture', async ({ window }) => {
  const explorer = new Explorer(window)
  await new App(window).goTo('Snapshots')
  await explorer.select('harbour.png')
  const image = explorer.details.getByRole('img', { name: 'harbour.png' })
  await expect(image).toBeVisible()
  await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBe(320)
})

test('the manifest is the one that is stored', async ({ window, holdfast }) => {
  await new App(window).goTo('Snapshots')
  await window.getByRole('button', { name: 'Manifest' }).click()
  const dialog = window.getByRole('dialog', { name: /^Manifest of/ })
  await expect(dialog.getByRole('cell', { name: /^Documents\.mpxar\.didx$/ })).toBeVisible()
  const newest = (await holdfast.json('snapshots'))[0]
  expect(newest).toMatchObject({ ref: { type: 'host' } })
  await expect(dialog.locator('pre')).toContainText('"backup-type": "host"')
})

test('two snapshots are compared down to the line', async ({ window }) => {
  const app = new App(window)
  const compare = new Compare(window)
  await app.goTo('Snapshots')
  await window.getByRole('button', { name: 'Compare' }).first().click()
  await compare.choose('Left side', 2)
  await compare.choose('Right side', 1)
  await expect(compare.row('letter.txt')).toBeVisible()
  await expect(compare.row('gone.txt')).toBeVisible()
  await compare.row('report.txt').click()
  await expect(window.getByRole('main')).toContainText('The third version.')
  await expect(window.getByRole('main')).toContainText('It has one line more.')
})

test('the newest snapshot is compared with the disk as it is', async ({ window }) => {
  const compare = new Compare(window)
  await new App(window).goTo('Snapshots')
  await window.getByRole('button', { name: 'Compare' }).first().click()
  await expect(compare.row('only-on-disk.txt')).toBeVisible()
  await compare.row('report.txt').click()
  await expect(window.getByRole('main')).toContainText('What is on disk now.')
})

test('a name is found in every snapshot, deleted files too', async ({ window }) => {
  const app = new App(window)
  await window.keyboard.press('/')
  await expect(app.search).toBeFocused()
  await app.search.fill('gone')
  const results = window.getByRole('region', { name: 'Results' })
  await expect(results.getByRole('listitem')).toHaveCount(1)
  await expect(results).toContainText('deleted, last seen')
  await app.search.fill('report')
  await expect(results).toContainText('3 versions')
  await results.getByRole('link', { name: /report\.txt/ }).click()
  await expect(new Explorer(window).details.getByRole('heading', { name: 'report.txt' })).toBeVisible()
})
