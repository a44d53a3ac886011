import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { fillDiary } from '../harness/diary.ts'
import { test as freshTest, sharedTest } from '../harness/test.ts'
import { writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Compare } from '../models/compare.ts'
import { Explorer } from '../models/explorer.ts'
import { Keys } from '../models/keys.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { Repositories } from '../models/repositories.ts'
import { RestorePanel } from '../models/restore.ts'

/** The main flows from beginning to end by a person without a mouse. */
const test = sharedTest(fillDiary)

test.afterEach(async ({ window }) => {
  expect(await mouseEvents(window)).toBe(0)
})

freshTest('a folder is protected', async ({ holdfast, window }) => {
  await writeTree(join(holdfast.home, 'Documents'), { 'letter.txt': 'Dear Maren,\nthe boat is yours.\n' })
  await window.reload()
  await countMouse(window)
  const keys = new Keys(window)
  await keys.activate(window.getByRole('button', { name: 'Protect Documents' }))
  const editor = new PlanEditor(window)
  await expect(editor.summary).toContainText('in 1 file')
  await keys.tabTo(editor.name)
  await keys.press('Control+a')
  await keys.type('Letters')
  await keys.activate(editor.summary.getByRole('button', { name: 'Back up now' }))
  await new Activity(window).expectGood('Back up Letters')
  expect(await mouseEvents(window)).toBe(0)
})

test('a plan is made, with a folder chosen, a part of it and a rule left out', async ({ holdfast, window }) => {
  await writeTree(join(holdfast.home, 'Music'), {
    'Scores/fugue.pdf': 'paper',
    'Scores/fugue.tmp': 'scratch',
    'Scores/drafts/canon.pdf': 'pencil',
  })
  await countMouse(window)
  const keys = new Keys(window)
  await keys.press('c')
  const editor = new PlanEditor(window)
  await keys.tabTo(editor.name)
  await keys.press('Control+a')
  await keys.type('Scores')
  await keys.activate(editor.step('What').getByRole('button', { name: 'Add a folder' }))
  const picker = window.getByRole('dialog', { name: 'Choose a folder to protect' })
  await keys.tabTo(picker.getByRole('textbox', { name: 'Folder', exact: true }))
  await keys.type(join(holdfast.home, 'Music'))
  await keys.press('Enter')
  await keys.activate(picker.getByRole('button', { name: 'Scores', exact: true }))
  await expect(picker.getByRole('button', { name: 'drafts', exact: true })).toBeFocused()
  await keys.press('Backspace')
  await expect(picker.getByRole('button', { name: 'Scores', exact: true })).toBeFocused()
  await keys.press('Enter')
  await expect(picker.getByRole('button', { name: 'drafts', exact: true })).toBeFocused()
  await keys.activate(picker.getByRole('button', { name: 'Choose this folder' }))
  await expect(editor.summary).toContainText('in 3 files')
  const tree = editor.step('What')
  await keys.tabTo(tree.getByRole('checkbox', { name: /^Protect .*Scores$/ }))
  await expect(tree.getByRole('checkbox', { name: 'Protect drafts' })).toBeVisible()
  await keys.press('ArrowDown', 'ArrowRight')
  await expect(tree.getByText('No folders in here')).toBeVisible()
  await keys.press('ArrowLeft')
  await expect(tree.getByText('No folders in here')).toHaveCount(0)
  await keys.press('Space')
  await expect(editor.summary).toContainText('in 2 files')
  await keys.tabTo(window.getByRole('textbox', { name: 'Add a pattern to leave out' }))
  await keys.type('*.tmp')
  await keys.press('Enter')
  await expect(editor.summary).toContainText('in 1 file')
  await keys.activate(editor.summary.getByRole('button', { name: 'Save without running' }))
  await expect(window).toHaveURL(/\/plans\/[0-9a-f-]{36}$/)
  await expect(window.getByRole('link', { name: /Scores/ }).first()).toBeVisible()
})

test('a deleted file is found, and looked into', async ({ window }) => {
  await countMouse(window)
  const keys = new Keys(window)
  const { search } = new App(window)
  await expect(async () => {
    await keys.press('/')
    await expect(search).toBeFocused({ timeout: 1000 })
  }).toPass() // the window has just opened
  await keys.type('gone')
  const result = window.getByRole('region', { name: 'Results' }).getByRole('listitem')
  await expect(result).toHaveCount(1)
  await keys.activate(result.getByRole('button').or(result.getByRole('link')).first())
  await expect(new Explorer(window).content).toContainText('Nobody needs this any more.')
})

test('a file is brought back, and the restore undone', async ({ holdfast, window }) => {
  const report = join(holdfast.home, 'Documents', 'report.txt')
  const before = await readFile(report, 'utf8')
  await rm(report)
  await countMouse(window)
  const keys = new Keys(window)
  const explorer = new Explorer(window)
  await keys.press('g', 's')
  await expect(explorer.row('report.txt')).toBeVisible()
  await keys.tabTo(explorer.table)
  await keys.press('End')
  await expect(explorer.details.getByRole('heading', { name: 'report.txt' })).toBeVisible()
  await keys.press('r')
  const restore = new RestorePanel(window)
  await expect(restore.panel.getByText('What will happen')).toBeVisible()
  await keys.activate(restore.panel.getByRole('button', { name: 'Restore 1 file' }))
  await expect(restore.panel.getByRole('heading', { name: '1 file is back.' })).toBeVisible()
  expect(await readFile(report, 'utf8')).toContain('The third version.')
  await keys.activate(restore.panel.getByRole('button', { name: 'Undo restore' }))
  await expect(restore.panel.getByRole('heading', { name: 'The restore was undone.' })).toBeVisible()
  expect(existsSync(report)).toBe(false)
  await writeTree(join(holdfast.home, 'Documents'), { 'report.txt': before })
})

test('two moments are compared down to the line', async ({ window }) => {
  await countMouse(window)
  const keys = new Keys(window)
  const explorer = new Explorer(window)
  await keys.press('g', 's')
  await expect(explorer.row('report.txt')).toBeVisible()
  await keys.press('d')
  const compare = new Compare(window)
  await keys.tabTo(compare.tree)
  await findInTree(keys, window, 'report.txt')
  await keys.press('Enter')
  await expect(window.getByRole('main')).toContainText('What is on disk now.')
})

test('a repository is verified', async ({ window }) => {
  await countMouse(window)
  const keys = new Keys(window)
  await keys.press('g', 'r')
  await new App(window).expectHeading('Repositories')
  await keys.activate(new Repositories(window).maintenance.getByRole('button', { name: /^Verify/ }).first())
  await keys.press('g', 'a')
  await new Activity(window).expectGood('Verify This computer')
})

/** Down the tree that has the focus to the row of that name. */
async function findInTree(keys: Keys, page: Page, name: string): Promise<void> {
  const row = page.getByRole('treeitem').filter({ hasText: name }).first()
  await expect(row).toBeVisible()
  await keys.press('Home')
  for (let at = 0; at < 100; at++) {
    if ((await row.getAttribute('data-active')) !== null || (await row.getAttribute('aria-selected')) === 'true') return
    await keys.press('ArrowDown')
  }
  throw new Error(`${name} is not reached`)
}

declare global {
  interface Window {
    mouseEvents?: number
  }
}

async function countMouse(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.mouseEvents = 0
    // A press of Enter makes a click as well, but none of a pointer.
    addEventListener('pointerdown', () => (window.mouseEvents = (window.mouseEvents ?? 0) + 1), { capture: true })
  })
}

async function mouseEvents(page: Page): Promise<number | undefined> {
  return page.evaluate(() => window.mouseEvents)
}
