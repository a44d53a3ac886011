import { expect } from '@playwright/test'
import { fillDiary } from '../harness/diary.ts'
import { sharedTest } from '../harness/test.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'

const test = sharedTest(fillDiary)

test('a backup is started from the palette without a mouse', async ({ window }) => {
  const app = new App(window)
  await window.keyboard.press('Control+k')
  await expect(app.palette).toBeFocused()
  await window.keyboard.type('back up documents')
  await window.keyboard.press('Enter')
  await new Activity(window).expectGood('Back up Documents')
})

test('keys go to the screens, open the list of keys and start a search', async ({ window }) => {
  const app = new App(window)
  await window.keyboard.press('?')
  await expect(window.getByRole('dialog', { name: 'Keyboard' })).toBeVisible()
  await window.keyboard.press('Escape')
  await expect(window.getByRole('dialog', { name: 'Keyboard' })).toBeHidden()
  await window.keyboard.press('g')
  await window.keyboard.press('r')
  await app.expectHeading('Repositories')
  await window.keyboard.press('/')
  await window.keyboard.type('letter')
  await expect(window.getByRole('region', { name: 'Results' }).getByRole('listitem')).toHaveCount(1)
})

test('files are walked, opened and compared, and time moved, by keys alone', async ({ window }) => {
  const explorer = new Explorer(window)
  await window.keyboard.press('g')
  await window.keyboard.press('s')
  await expect(explorer.row('report.txt')).toBeVisible()
  await explorer.table.focus()
  await window.keyboard.press('End')
  await expect(explorer.details.getByRole('heading', { name: 'report.txt' })).toBeVisible()
  await window.keyboard.press('Home')
  await expect(explorer.details.getByRole('heading', { level: 2 })).not.toHaveText('report.txt')
  await window.keyboard.press('End')
  const before = await window.getByRole('region', { name: 'Time' }).getByRole('heading').textContent()
  await window.keyboard.press('ArrowLeft')
  await expect(explorer.content).toContainText('version.')
  await expect(explorer.table.getByRole('row', { selected: true })).toHaveCount(1)
  expect(before).not.toBeNull()
  await window.keyboard.press('d')
  await expect(window).toHaveURL(/\/compare\?/)
})

test('back and forward lead through the screens, and deep links open where they say', async ({ window }) => {
  const app = new App(window)
  await app.goTo('Repositories')
  await app.goTo('Settings')
  await window.getByRole('button', { name: 'Back', exact: true }).click()
  await app.expectHeading('Repositories')
  await window.getByRole('button', { name: 'Forward', exact: true }).click()
  await app.expectHeading('Settings')
  await app.open('/activity')
  await app.expectHeading('Activity')
  await app.open('/search?q=letter')
  await app.expectHeading('Search for "letter"')
  await app.open('/no-such-screen')
  await expect(window).toHaveURL(/\/$/)
})
