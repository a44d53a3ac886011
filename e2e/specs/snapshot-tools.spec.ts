import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { snapshot as snapshotModel } from '../../src-shared/model/snapshot.ts'
import { tagsOf } from '../../src-shared/model/tags.ts'
import { sharedTest } from '../harness/test.ts'
import { writeTree } from '../harness/tree.ts'
import { App } from '../models/app.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RestorePanel } from '../models/restore.ts'

const test = sharedTest(async (holdfast) => {
  const documents = join(holdfast.home, 'Documents')
  await writeTree(documents, {
    'letter.txt': 'Dear Maren,\n',
    'old.txt': 'soon gone\n',
    'photos/one.txt': 'a picture\n',
  })
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents', '--daily', '12:30')
  await holdfast.cli('plan', 'run', 'Documents')
  await rm(join(documents, 'old.txt'))
  await holdfast.cli('plan', 'run', 'Documents')
})

test('a search in one snapshot finds what it holds, and not what others hold', async ({ window }) => {
  const app = new App(window)
  await app.goTo('Snapshots')
  await app.chooseFrom('More for this snapshot', 'Search in this snapshot')
  await app.search.fill('txt')
  const results = window.getByRole('main')
  await expect(results).toContainText('letter.txt')
  await expect(results).not.toContainText('old.txt')
  await results.getByRole('button', { name: 'Search all snapshots again' }).click()
  await expect(results).toContainText('old.txt')
})

test('a snapshot says which rule keeps it, and takes tags and a note', async ({ window, holdfast }) => {
  const app = new App(window)
  await app.goTo('Snapshots')
  await expect(window.getByRole('region', { name: 'Time' })).toContainText('kept: nothing removes it')
  await app.chooseFrom('More for this snapshot', 'Add a note')
  const dialog = window.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Note' }).fill('Before the move')
  await dialog.getByRole('combobox', { name: 'Tags' }).fill('new flat')
  await dialog.getByRole('combobox', { name: 'Tags' }).press('Enter')
  await dialog.getByRole('button', { name: 'Save note' }).click()
  await expect(window.getByRole('region', { name: 'Time' })).toContainText('new-flat')
  await expect(window.getByRole('region', { name: 'Time' })).toContainText('Before the move')
  const notes = (await holdfast.json('snapshots')).map((each) => snapshotModel.parse(each).notes)
  expect(notes.map(tagsOf)).toContainEqual(['new-flat'])

  await app.goTo('Plans')
  await window.getByRole('main').getByRole('link', { name: 'Edit' }).click()
  const editor = new PlanEditor(window)
  await editor.step('What to keep').getByRole('textbox', { name: 'Daily' }).fill('7')
  await editor.save()
  await app.expectHeading('Documents')
  await app.goTo('Snapshots')
  await expect(window.getByRole('region', { name: 'Time' })).toContainText('kept: Daily')
})

test('a row is dragged out as the file it is, a folder as zip', async ({ window }) => {
  const app = new App(window)
  await app.goTo('Snapshots')
  const grid = window.getByRole('grid')
  const dragged = async (name: string) => {
    const row = grid.getByRole('row', { name })
    await row.hover()
    let data = ''
    // The address is asked for when the pointer comes over the row.
    await expect
      .poll(async () => {
        data = await row.evaluate((element) => {
          const transfer = new DataTransfer()
          element.dispatchEvent(new DragEvent('dragstart', { dataTransfer: transfer, bubbles: true, cancelable: true }))
          return transfer.getData('DownloadURL')
        })
        return data
      })
      .not.toBe('')
    return data
  }
  const file = /^application\/octet-stream:letter\.txt:(http.+)$/.exec(await dragged('letter.txt'))?.[1] ?? ''
  expect(await (await window.request.get(file)).text()).toBe('Dear Maren,\n')
  const folder = /^application\/zip:photos\.zip:(http.+)$/.exec(await dragged('photos'))?.[1] ?? ''
  expect((await (await window.request.get(folder)).body()).subarray(0, 2).toString()).toBe('PK')
})

test('the plan comes back out of a snapshot', async ({ window, holdfast }) => {
  const app = new App(window)
  const editor = new PlanEditor(window)
  await app.goTo('Snapshots')
  await app.chooseFrom('More for this snapshot', 'Use its plan again')
  await expect(editor.name).toHaveValue('Documents')
  await editor.name.fill('Documents again')
  await editor.save()
  await app.expectHeading('Documents again')
  const [plan] = (await holdfast.json('plan', 'list')).filter(
    ({ plan: each }) => Object(each).name === 'Documents again',
  )
  expect(plan).toMatchObject({ plan: { schedule: { kind: 'daily', at: '12:30' } } })
  expect(await readFile(join(holdfast.home, 'Documents/letter.txt'), 'utf8')).toBe('Dear Maren,\n')
})

test('a snapshot opens as a drive, and closes', async ({ window }) => {
  const app = new App(window)
  await app.goTo('Snapshots')
  await app.chooseFrom('More for this snapshot', 'Open as a drive')
  const dialog = window.getByRole('dialog')
  await expect(dialog).toContainText('http://127.0.0.1')
  const address = /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\//.exec((await dialog.textContent()) ?? '')?.[0]
  await expect(dialog).toContainText('gio mount dav://127.0.0.1')
  const list = async () => {
    const answer = await fetch(`${address}Documents/`, { method: 'PROPFIND', headers: { depth: '1' } })
    return answer.text()
  }
  expect(await list()).toContain('letter.txt')
  await dialog.getByRole('button', { name: 'Close the drive' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(list()).rejects.toThrow()
})

test('a restore step by step asks for source, time and files, and brings them back', async ({ window, holdfast }) => {
  const app = new App(window)
  const letter = join(holdfast.home, 'Documents/letter.txt')
  await writeFile(letter, 'overwritten by mistake\n')
  await window.keyboard.press('Control+k')
  await app.palette.fill('step by step')
  await window.keyboard.press('Enter')
  await app.expectHeading('Restore step by step')
  const main = window.getByRole('main')
  await main.getByRole('radio', { name: 'Documents' }).check()
  await main.getByRole('button', { name: 'Next' }).click()
  await main.getByRole('radio').first().check()
  await main.getByRole('button', { name: 'Next' }).click()
  await main.getByRole('button', { name: 'Open Documents' }).click()
  await main.getByRole('checkbox', { name: 'letter.txt' }).check()
  await main.getByRole('button', { name: 'See what would happen' }).click()
  const restore = new RestorePanel(window)
  await restore.panel.getByText('Overwrite', { exact: true }).first().click()
  await restore.start()
  await expect.poll(() => readFile(letter, 'utf8')).toBe('Dear Maren,\n')
})
