import { rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { fillDiary } from '../harness/diary.ts'
import type { Holdfast } from '../harness/holdfast.ts'
import { smallerPng } from '../harness/png.ts'
import { test as fresh, sharedTest } from '../harness/test.ts'
import { noise, picture, writeHole, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Compare } from '../models/compare.ts'
import { Explorer } from '../models/explorer.ts'
import { RestorePanel } from '../models/restore.ts'

/** The pictures of `docs/screens`, taken from a Holdfast that has done what they show. */
const folder = 'docs/screens'
const sizes = [
  ['', { width: 1280, height: 800 }],
  ['-1920', { width: 1920, height: 1080 }],
] as const

const test = sharedTest(async (holdfast) => {
  const home = (path: string) => join(holdfast.home, path)
  await holdfast.cli('init', join(holdfast.folder, 'Elements'), '--name', 'Elements')
  await fillDiary(holdfast)
  const photos = Object.fromEntries(
    Array.from({ length: 24 }, (_, at) => [`2026/IMG_${1200 + at}.jpg`, noise(300_000, at + 1)]),
  )
  await writeTree(home('Pictures'), { ...photos, 'harbour.png': picture(640, 360) })
  await writeTree(home('Projects'), {
    'boat/src/main.ts': 'export const sails = 2\n',
    'boat/README.md': '# Boat\n',
    'boat/node_modules/left-pad/index.js': noise(2_000_000, 3),
    'boat/node_modules/.package-lock.json': '{}\n',
  })
  await writeTree(home('Old laptop'), { 'todo.txt': 'Copy everything\n' })
  await writeHole(home('Virtual machines/lab.img'), 400 * 1024 ** 3)
  const add = (name: string, ...rest: string[]) =>
    holdfast.cli('plan', 'add', home(name), '--name', name, '-r', 'Elements', ...rest)
  await add('Pictures', '--every', '60')
  await add('Projects', '--every', '30', '--preset', 'developer')
  await add('Old laptop', '--daily', '01:00')
  await add('Virtual machines', '--daily', '23:00')
  for (const name of ['Pictures', 'Projects', 'Pictures', 'Old laptop']) await holdfast.cli('plan', 'run', name)
  await rm(home('Old laptop'), { recursive: true })
  await holdfast.cli('plan', 'run', 'Old laptop').catch(() => undefined)
})

fresh('first run', async ({ window, holdfast }) => {
  await writeTree(join(holdfast.home, 'Documents'), { 'letter.txt': 'Dear Maren,\n' })
  await writeTree(join(holdfast.home, 'Pictures'), { 'harbour.png': picture(640, 360) })
  await window.reload()
  await expect(window.getByRole('button', { name: 'Protect Pictures' })).toBeVisible()
  await expect(window.getByText('1 file', { exact: true })).toHaveCount(2)
  await shoot(window, holdfast, 'first-run')
})

test('screens at rest', async ({ window, holdfast }) => {
  const app = new App(window)
  await app.expectHeading(/Old laptop did not finish/)
  await shoot(window, holdfast, 'overview')

  await app.goTo('Plans')
  await app.expectHeading('Documents')
  await shoot(window, holdfast, 'plans')

  await app.open(`/plans/new?path=${encodeURIComponent(join(holdfast.home, 'Projects'))}`)
  await window.getByRole('checkbox', { name: /^Developer/ }).check()
  await expect(window.getByRole('complementary', { name: 'Summary' })).toContainText('leaving out')
  await window.getByRole('button', { name: 'Open boat' }).click()
  await shoot(window, holdfast, 'plan-editor')

  await app.open('/activity')
  const activity = new Activity(window)
  await activity.jobs.filter({ hasText: 'Back up Old laptop' }).first().click()
  await app.expectHeading('What is safe')
  await shoot(window, holdfast, 'failure')

  await app.goTo('Repositories')
  await expect(window.getByRole('region', { name: 'Prune simulation' })).toContainText('stay')
  await shoot(window, holdfast, 'repositories')
  await app.goTo('Services')
  await shoot(window, holdfast, 'services')
  await app.goTo('Settings')
  await shoot(window, holdfast, 'settings')
})

test('snapshots, search, compare and restore', async ({ window, holdfast }) => {
  const app = new App(window)
  const explorer = new Explorer(window)
  await app.open('/search?q=report')
  await window
    .getByRole('region', { name: 'Results' })
    .getByRole('link', { name: /report\.txt/ })
    .click()
  await expect(explorer.content).toContainText('The third version.')
  await shoot(window, holdfast, 'snapshots')

  await window.getByRole('button', { name: 'Compare' }).first().click()
  await new Compare(window).row('report.txt').click()
  await expect(window.getByRole('main')).toContainText('What is on disk now.')
  await shoot(window, holdfast, 'compare')

  await app.open('/search?q=invo')
  await expect(window.getByRole('region', { name: 'Results' })).toContainText('invoices')
  await shoot(window, holdfast, 'search')

  const restore = new RestorePanel(window)
  await window.getByRole('button', { name: 'Restore invoices' }).click()
  await restore.intoNewFolder('Rescued')
  await expect(restore.panel.getByText('What will happen')).toBeVisible()
  await expect(restore.panel).toContainText('can be undone')
  await shoot(window, holdfast, 'restore-preview')
  await restore.start()
  await expect(restore.panel.getByRole('heading', { name: /are back\.$/ })).toBeVisible()
  await shoot(window, holdfast, 'restore-receipt')
  expect(holdfast.log()).not.toContain('error')
})

test('a job as it runs', async ({ window, holdfast }) => {
  const app = new App(window)
  await app.goTo('Plans')
  await window
    .getByRole('region', { name: 'Plans' })
    .getByRole('link', { name: /Virtual machines/ })
    .click()
  await window.getByRole('main').getByRole('button', { name: 'Back up now' }).click()
  const job = new Activity(window).job('Back up Virtual machines')
  await expect(job).toContainText('of 400 GiB')
  await expect(job).toContainText('left')
  await shoot(window, holdfast, 'activity')
  await job.getByRole('button', { name: 'Cancel' }).click()
  await app.confirm('Cancel the job')
  await expect(job.getByText('Cancelled').first()).toBeVisible()
})

async function shoot(page: Page, holdfast: Holdfast, name: string): Promise<void> {
  const take = async (of: string) => {
    await showAs(page, [
      [holdfast.home, '/home/maren'],
      [holdfast.folder, '/mnt'],
      [hostname(), 'fjord'],
    ])
    await writeFile(`${folder}/${of}.png`, smallerPng(await page.screenshot({ animations: 'disabled' })))
  }
  await page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'hidden' })
  await page.mouse.move(0, 0)
  for (const [suffix, size] of sizes) {
    await page.setViewportSize(size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await take(`${name}${suffix}.${colorScheme}`)
    }
  }
  await page.setViewportSize(sizes[0][1])
}

/** Folders of the test and the name of this computer, as they would be on one of a person. */
async function showAs(page: Page, names: readonly (readonly [string, string])[]): Promise<void> {
  await page.evaluate((pairs) => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      let text = node.nodeValue ?? ''
      for (const [from, to] of pairs) text = from.includes('/') ? text.replaceAll(from, to) : text === from ? to : text
      if (text !== node.nodeValue) node.nodeValue = text
    }
  }, names)
}
