import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { sharedTest } from '../harness/test.ts'
import { writeHole, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'

const GIB = 1024 ** 3

const test = sharedTest(async (holdfast) => {
  await writeTree(join(holdfast.home, 'Letters'), { 'one.txt': 'one\n' })
  await writeHole(join(holdfast.home, 'Disk', 'disk.img'), 400 * GIB)
  await holdfast.cli('plan', 'add', join(holdfast.home, 'Letters'), '--name', 'Letters', '--daily', '12:30')
  await holdfast.cli('plan', 'add', join(holdfast.home, 'Disk'), '--name', 'Disk', '--daily', '12:30')
  await holdfast.cli('plan', 'run', 'Letters')
})

test('a running job says how far it is, and can be cancelled without leaving a snapshot', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const activity = new Activity(window)
  await app.goTo('Plans')
  await window.getByRole('region', { name: 'Plans' }).getByRole('link', { name: /Disk/ }).click()
  await window.getByRole('main').getByRole('button', { name: 'Back up now' }).click()

  const job = activity.job('Back up Disk')
  await expect(job).toContainText(/of 400 GiB/)
  await expect(job.getByRole('progressbar', { name: 'Back up Disk', exact: true })).toBeVisible()
  await expect(job).toContainText('disk.img')
  const running = (await holdfast.json('job', 'list')).find(({ title }) => title === 'Back up Disk')
  expect(running).toMatchObject({ status: { state: 'running' } })

  await job.getByRole('button', { name: 'Cancel' }).click()
  await app.confirm('Cancel the job')
  await expect(job.getByText('Cancelled').first()).toBeVisible()
  const snapshots = await holdfast.json('snapshots')
  expect(snapshots).toHaveLength(1)
})

test('a job whose folder has vanished says what is safe and what to do, and works again once it is back', async ({
  window,
  holdfast,
}) => {
  const activity = new Activity(window)
  const letters = join(holdfast.home, 'Letters')
  await rm(letters, { recursive: true })
  await expect(holdfast.cli('plan', 'run', 'Letters')).rejects.toMatchObject({ code: 1 })

  await new App(window).goTo('Activity')
  await activity.jobs.filter({ hasText: 'Back up Letters' }).first().click()
  const job = activity.job('Back up Letters')
  await expect(job.getByRole('heading', { name: 'What happened' })).toBeVisible()
  await expect(job.getByRole('heading', { name: 'What is safe' })).toBeVisible()
  await expect(job.getByRole('heading', { name: 'What to do' })).toBeVisible()
  await expect(job).toContainText('source/vanished')
  await expect(job).toContainText(letters)

  await writeTree(letters, { 'one.txt': 'one\n', 'two.txt': 'two\n' })
  expect(existsSync(letters)).toBe(true)
  await job.getByRole('button', { name: 'Try again now' }).click()
  await activity.expectGood('Back up Letters')
})

test('the log is shown by level and can be searched', async ({ window }) => {
  const activity = new Activity(window)
  await new App(window).goTo('Activity')
  await activity.jobs.filter({ hasText: 'Back up Letters' }).last().click()
  await expect(activity.log).toContainText('Stored as')
  await activity.setLevel('Info and above', 'Errors only')
  await expect(activity.log).toContainText('Nothing was logged at this level.')
  await activity.setLevel('Errors only', 'Everything')
  await expect(activity.log).toContainText('Stored as')
  await window.getByRole('button', { name: 'Search this log' }).click()
  await window.getByRole('textbox', { name: 'Search this log' }).fill('no such words')
  await expect(activity.log).toContainText('No line has these words.')
})

test('the command line and the window see the jobs of each other', async ({ window, holdfast }) => {
  const activity = new Activity(window)
  await new App(window).goTo('Activity')
  const folder = join(holdfast.home, 'Quick')
  await writeTree(folder, { 'a.txt': 'a\n' })
  const [fromTerminal] = await holdfast.json('backup', folder, '--id', 'from-terminal')
  await expect(activity.jobs.filter({ hasText: 'from-terminal' })).toHaveCount(1)
  await activity.jobs.filter({ hasText: 'from-terminal' }).click()
  await expect(window).toHaveURL(new RegExp(String(fromTerminal?.id)))

  await new App(window).chooseFrom('More', 'Run again')
  await expect(window).not.toHaveURL(new RegExp(String(fromTerminal?.id)))
  await activity.expectGood('Back up from-terminal')
  const id = new URL(window.url()).pathname.split('/').at(-1)
  expect(await holdfast.json('job', 'list')).toContainEqual(expect.objectContaining({ id }))
})
