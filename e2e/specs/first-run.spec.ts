import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { test } from '../harness/test.ts'
import { findFile, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RestorePanel } from '../models/restore.ts'

test('a folder is protected in two clicks, found again, restored elsewhere and the restore undone', async ({
  holdfast,
  window,
}) => {
  const documents = join(holdfast.home, 'Documents')
  await writeTree(documents, {
    'letter.txt': 'Dear Maren,\nthe boat is yours.\n',
    'invoices/2026-01.txt': 'Invoice 1: 130 EUR\n',
    'invoices/2026-02.txt': 'Invoice 2: 260 EUR\n',
  })
  const app = new App(window)
  await window.reload()
  await app.expectHeading('Nothing is protected yet.')

  await window.getByRole('button', { name: 'Protect Documents' }).click()
  const editor = new PlanEditor(window)
  await expect(editor.name).toHaveValue('Documents')
  await expect(editor.summary).toContainText('in 3 files')
  await editor.backUpNow()

  const activity = new Activity(window)
  await activity.expectGood('Back up Documents')
  await expect(activity.job('Back up Documents')).toContainText('new in the repository')
  await expect(activity.log).toContainText('Stored as')
  const groups = await readdir(join(holdfast.folder, 'data', 'repository', 'host'))
  expect(groups).toHaveLength(1)

  await window.getByRole('button', { name: 'Open snapshot' }).click()
  const explorer = new Explorer(window)
  await explorer.openFolder('invoices')
  await explorer.select('2026-02.txt')
  await expect(explorer.content).toContainText('Invoice 2: 260 EUR')

  await explorer.details.getByRole('button', { name: 'Restore this version' }).click()
  const restore = new RestorePanel(window)
  await restore.intoNewFolder('Rescued')
  await expect(restore.panel.getByText('What will happen')).toBeVisible()
  expect(await readdir(join(holdfast.home, 'Rescued'))).toEqual([])
  await restore.start()
  await expect(restore.panel.getByRole('heading', { name: '1 file is back.' })).toBeVisible()
  const rescued = await findFile(join(holdfast.home, 'Rescued'), '2026-02.txt')
  expect(await readFile(rescued, 'utf8')).toBe('Invoice 2: 260 EUR\n')

  await restore.panel.getByRole('button', { name: 'Undo restore' }).click()
  await expect(restore.panel.getByRole('heading', { name: 'The restore was undone.' })).toBeVisible()
  expect(existsSync(rescued)).toBe(false)
  expect(await readFile(join(documents, 'invoices/2026-02.txt'), 'utf8')).toBe('Invoice 2: 260 EUR\n')
})
