import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { test } from '../harness/test.ts'
import { findFile, noise, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RestorePanel } from '../models/restore.ts'

test.use({ actionTimeout: 30_000 })

const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' })

/** Nothing, when both trees are the same in everything that rsync knows of. */
const differences = (from: string, to: string) =>
  run('rsync', '-aHAXnc', '--delete', '--itemize-changes', `${from}/`, `${to}/`)

test('a folder that casync made is adopted, browsed and restored, and backed up into', async ({ window, holdfast }) => {
  test.setTimeout(300_000)
  const app = new App(window)
  const explorer = new Explorer(window)
  const activity = new Activity(window)
  const restore = new RestorePanel(window)
  const source = join(holdfast.home, 'Photos')
  const archive = join(holdfast.folder, 'Archive')
  const store = join(archive, 'default.castr')
  await writeTree(source, {
    'letter.txt': 'Dear Maren,\nthe harbour is calm today.\n',
    'harbour/raw.bin': noise(2_000_000, 5),
    'harbour/notes.txt': 'north wind\n',
  })
  run('ln', '-s', 'harbour/notes.txt', join(source, 'latest'))
  run('mkfifo', join(source, 'pipe'))
  run('chmod', '4751', join(source, 'letter.txt'))
  run('setfattr', '-n', 'user.album', '-v', 'harbour', join(source, 'harbour'))
  mkdirSync(archive)
  run('casync', `--store=${store}`, '--exclude-nodump=no', 'make', join(archive, 'photos.caidx'), source)
  // Half of the chunks are in another store.
  const older = join(holdfast.folder, 'older.castr')
  cpSync(store, older, { recursive: true })
  for (const name of readdirSync(store).filter((_, at) => at % 2 === 0)) rmSync(join(store, name), { recursive: true })
  await writeTree(holdfast.folder, { 'disk.img': noise(600_000, 9) })
  run('casync', `--store=${store}`, 'make', join(archive, 'disk.caibx'), join(holdfast.folder, 'disk.img'))

  await test.step('the dialog says what is there before anything is added', async () => {
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'Add a repository' }).click()
    const dialog = window.getByRole('dialog', { name: 'Add a repository' })
    await dialog.getByRole('textbox', { name: 'Address' }).fill(store)
    await expect(dialog.getByRole('status')).toContainText('There is a casync store with 2 snapshots')
    await dialog.getByRole('textbox', { name: 'Extra stores' }).fill('relative')
    await expect(dialog.getByRole('status')).toContainText('must be an absolute path')
    await dialog.getByRole('textbox', { name: 'Extra stores' }).fill(older)
    await expect(dialog.getByRole('status')).toContainText('There is a casync store with 2 snapshots')
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Archive')
    await shoot(window, 'adopt')
    await dialog.getByRole('button', { name: 'Connect, 2 snapshots' }).click()
    await app.expectHeading('Archive')
    await window.getByRole('tab', { name: 'Namespaces and groups' }).click()
    await expect(window.getByRole('main')).toContainText('photos')
    await expect(window.getByRole('main')).toContainText('disk')
    await shoot(window, 'repository')
  })

  await test.step('its indexes are snapshots: browsed, and a file shows its content', async () => {
    await app.goTo('Snapshots')
    await chooseSource(window, 'photos')
    await explorer.select('letter.txt')
    await expect(explorer.content).toContainText('the harbour is calm today.')
    await shoot(window, 'browse')
  })

  await test.step('what is restored is what casync extracts', async () => {
    await explorer.select('harbour')
    await window.keyboard.press('Control+a')
    await window.keyboard.press('r')
    await restore.intoNewFolder('Rescued')
    await expect(restore.panel.getByText('What will happen')).toBeVisible()
    await shoot(window, 'restore')
    await restore.start()
    await expect(restore.panel.getByRole('heading', { name: /are back\.$/ })).toBeVisible()
    const theirs = join(holdfast.folder, 'theirs')
    run('casync', `--store=${store}`, `--extra-store=${older}`, 'extract', join(archive, 'photos.caidx'), theirs)
    const letter = await findFile(join(holdfast.home, 'Rescued'), 'letter.txt')
    const ours = letter.slice(0, -'/letter.txt'.length)
    // What was chosen is everything in the folder, not the folder.
    run('touch', '-r', source, ours)
    expect(differences(theirs, ours)).toBe('')
    expect(differences(source, ours)).toBe('')
    await restore.panel.getByRole('button', { name: 'Done' }).click()
  })

  await test.step('a plan backs up into it, and shares the chunks that are there', async () => {
    const editor = new PlanEditor(window)
    await app.open(`/plans/new?path=${encodeURIComponent(source)}`)
    await expect(editor.step('Where')).toContainText('Archive')
    await shoot(window, 'plan')
    await editor.backUpNow()
    await activity.expectGood('Back up Photos')
    await shoot(window, 'job')
  })

  await test.step('casync lists and extracts what the window made, and nothing differs', async () => {
    const made = await findFile(archive, '/Photos.caidx')
    const target = join(holdfast.folder, 'extracted')
    run('casync', `--store=${store}`, 'extract', made, target)
    expect(differences(source, target)).toBe('')
    expect(run('casync', `--store=${store}`, 'list', made)).toBe(run('casync', 'list', source))
  })

  await test.step('its chunks are checked, and the indexes of casync are not to be forgotten', async () => {
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'Verify now' }).click()
    await activity.expectGood('Verify Archive')
    await expect(activity.job('Verify Archive')).toContainText('3 snapshots')
    await shoot(window, 'verify')
    expect(readdirSync(archive).toSorted()).toEqual([
      'default.castr',
      'default.snapshots',
      'disk.caibx',
      'photos.caidx',
    ])
  })

  await test.step('the same folder behind a web server is read, and what was fetched is kept', async () => {
    const server = createServer((request, response) => {
      readFile(join(archive, decodeURIComponent(request.url ?? ''))).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      )
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo // a listening TCP server has one
    const cache = join(holdfast.folder, 'cache')
    try {
      await app.goTo('Repositories')
      await window.getByRole('button', { name: 'Add repository' }).click()
      const dialog = window.getByRole('dialog', { name: 'Add a repository' })
      await dialog.getByRole('textbox', { name: 'Address' }).fill(`http://127.0.0.1:${port}/default.castr`)
      await dialog.getByRole('textbox', { name: 'Extra stores' }).fill(older)
      await dialog.getByRole('textbox', { name: 'Keep fetched blocks in' }).fill(cache)
      await dialog.getByRole('textbox', { name: 'Name' }).fill('Web')
      await shoot(window, 'web')
      await dialog.getByRole('button', { name: 'Connect, 3 snapshots' }).click()
      await app.expectHeading('Web')
      await window.getByRole('tab', { name: 'Namespaces and groups' }).click()
      await window.getByRole('main').getByRole('link', { name: 'photos', exact: true }).click()
      await explorer.select('letter.txt')
      await expect(explorer.content).toContainText('the harbour is calm today.')
      expect(readdirSync(cache).length).toBeGreaterThan(0)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})

async function chooseSource(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: /^Source: / }).click()
  await page.getByRole('menuitem', { name: title }).click()
}

/** Pictures to look at: light and dark. */
async function shoot(page: Page, name: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    await page.screenshot({ path: `test-results/casync/${name}.${scheme}.png`, animations: 'disabled' })
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
