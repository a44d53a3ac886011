import { join } from 'node:path'
import { expect } from '@playwright/test'
import { plan } from '../../src-shared/model/plan.ts'
import { sharedTest } from '../harness/test.ts'
import { noise, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { PlanEditor } from '../models/plan-editor.ts'

const test = sharedTest(async (holdfast) => {
  await writeTree(join(holdfast.home, 'Projects'), {
    'app/main.ts': 'export const answer = 42\n',
    'app/node_modules/left-pad/index.js': 'x'.repeat(200_000),
    'disk.iso': 'y'.repeat(400_000),
    'notes.md': '# Notes\n',
  })
  await writeTree(join(holdfast.home, 'Documents'), { 'letter.txt': 'Dear Maren,\n' })
  await holdfast.cli('init', join(holdfast.folder, 'disk'), '--name', 'External disk')
  await holdfast.cli('plan', 'add', join(holdfast.home, 'Documents'), '--name', 'Documents', '--daily', '12:30')
})

test('the editor shows what a rule leaves out while it is written, and saves what it says', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const editor = new PlanEditor(window)
  await app.open(`/plans/new?path=${encodeURIComponent(join(holdfast.home, 'Projects'))}`)
  await expect(editor.summary).toContainText('in 4 files')

  await editor
    .step('What')
    .getByRole('checkbox', { name: /^Developer/ })
    .check()
  await expect(editor.summary).toContainText('in 3 files')
  await editor.leaveOut('*.iso')
  await expect(editor.summary).toContainText('in 2 files')
  await expect(editor.summary).toContainText('leaving out 586 KiB')

  await editor.step('What to keep').getByRole('textbox', { name: 'Daily' }).fill('30')
  await expect(editor.step('What to keep')).toContainText('A year from now')

  await editor.step('When').getByText('Weekly', { exact: true }).click()
  await expect(editor.nextRuns.getByRole('listitem')).toHaveCount(5)
  await editor.step('When').getByText('Cron', { exact: true }).click()
  await editor.step('When').getByRole('textbox', { name: 'Cron expression' }).fill('not a schedule')
  await expect(editor.nextRuns.getByRole('listitem')).toHaveCount(0)
  await editor.step('When').getByRole('textbox', { name: 'Cron expression' }).fill('15 3 * * 1')
  await expect(editor.nextRuns.getByRole('listitem')).toHaveCount(5)
  await expect(editor.nextRuns).toContainText('03:15')

  await editor.save()

  await app.expectHeading('Projects')
  await expect(window.getByRole('region', { name: 'Projects', exact: true })).toContainText('30 daily')
  const plans = await holdfast.json('plan', 'list')
  const saved = plans.map(({ plan }) => plan).find((plan) => Object(plan).name === 'Projects')
  expect(saved).toMatchObject({
    source: { excludes: ['*.iso'], presets: ['developer'] },
    schedule: { kind: 'cron', expression: '15 3 * * 1' },
    destinations: [{ retention: { daily: 30 } }],
  })
})

test('a plan may read from a snapshot of the file system, and the editor says what is possible', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const editor = new PlanEditor(window)
  const path = join(holdfast.home, 'Letters')
  await writeTree(path, { 'letter.txt': 'Dear Maren,\n' })
  await app.open(`/plans/new?path=${encodeURIComponent(path)}`)
  await editor.chooseSnapshot('Always, or the run fails')
  await expect(editor.chances.getByRole('listitem')).toHaveCount(1)
  await expect(editor.chances).toContainText(path)
  // On whatever this machine keeps its temporary files.
  await expect(editor.chances).toContainText(/possible|has no snapshots that Holdfast can make|Needs root/)
  await editor.save()
  await app.expectHeading('Letters')
  const plans = await holdfast.json('plan', 'list')
  const saved = plans.map(({ plan }) => plan).find((plan) => Object(plan).name === 'Letters')
  expect(saved).toMatchObject({ source: { paths: [path], fileSystemSnapshot: 'always' } })
})

test('what is missing is said where it is missing, and nothing overlaps', async ({ window }) => {
  const app = new App(window)
  const editor = new PlanEditor(window)
  await app.open('/plans/new')
  await editor.backUpNow()
  await expect(editor.step('What').getByRole('alert')).toHaveText('Choose at least one folder.')
  const boxes = await Promise.all(
    (['What', 'Where', 'When', 'What to keep', 'Options'] as const).map((name) => editor.step(name).boundingBox()),
  )
  for (const [at, box] of boxes.entries()) {
    const below = boxes[at + 1]
    if (box && below) expect(below.y).toBeGreaterThanOrEqual(box.y + box.height)
  }
  const lastOfWhat = await editor.step('What').getByRole('checkbox', { name: 'Stay on one file system' }).boundingBox()
  expect((lastOfWhat?.y ?? 0) + (lastOfWhat?.height ?? 0)).toBeLessThanOrEqual(boxes[1]?.y ?? 0)
})

test('a plan is run now, switched off and on, and changed', async ({ window, holdfast }) => {
  const app = new App(window)
  await app.goTo('Plans')
  await window
    .getByRole('region', { name: 'Plans' })
    .getByRole('link', { name: /Documents/ })
    .click()
  await window.getByRole('main').getByRole('button', { name: 'Back up now' }).click()
  await new Activity(window).expectGood('Back up Documents')
  expect(await holdfast.json('snapshots')).toHaveLength(1)

  await app.goTo('Plans')
  await window
    .getByRole('region', { name: 'Plans' })
    .getByRole('link', { name: /Documents/ })
    .click()
  await app.chooseFrom('More', 'Switch off')
  await expect(window.getByText('None while it is switched off.')).toBeVisible()
  await app.chooseFrom('More', 'Switch on')
  await expect(window.getByText('None while it is switched off.')).toBeHidden()

  await window.getByRole('main').getByRole('link', { name: 'Edit' }).click()
  await new PlanEditor(window).name.fill('Papers')
  await new PlanEditor(window).save()
  await app.expectHeading('Papers')
})

test('a plan goes into a file and comes back from it, with what each destination keeps', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const editor = new PlanEditor(window)
  await holdfast.cli('init', join(holdfast.folder, 'second'), '--name', 'Second disk')
  await app.open(`/plans/new?path=${encodeURIComponent(join(holdfast.home, 'Documents'))}`)
  await editor.name.fill('Twice')
  await editor.step('Where').getByRole('checkbox', { name: 'Back up to Second disk' }).check()
  const keep = editor.step('What to keep')
  await keep.getByRole('switch', { name: 'The same everywhere' }).click()
  await keep.getByRole('radiogroup').getByText('Second disk').click()
  await keep.getByRole('textbox', { name: 'Daily' }).fill('90')
  await editor.save()
  await app.expectHeading('Twice')

  const downloading = window.waitForEvent('download')
  await app.chooseFrom('More', 'Export')
  const file = join(holdfast.folder, 'twice.json')
  await (await downloading).saveAs(file)
  const choosing = window.waitForEvent('filechooser')
  await window.getByRole('button', { name: 'Import a plan' }).click()
  await (await choosing).setFiles(file)
  await editor.name.fill('Twice again')
  await editor.save()
  await app.expectHeading('Twice again')

  const plans = (await holdfast.json('plan', 'list')).map((each) => plan.parse(each.plan))
  const keepsOf = (name: string) =>
    plans.find((each) => each.name === name)?.destinations.map(({ retention }) => retention.daily)
  expect([keepsOf('Twice'), keepsOf('Twice again')]).toEqual([
    [14, 90],
    [14, 90],
  ])
})

test('all plans are paused and go on again', async ({ window }) => {
  await window.getByRole('button', { name: 'Pause', exact: true }).click()
  await window.getByRole('menuitem').first().click()
  const paused = window.getByRole('button', { name: /^Paused until/ })
  await paused.click()
  await window.getByRole('menuitem', { name: 'Resume now' }).click()
  await expect(window.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
})

test('a plan that is limited at this hour runs slowly, is paused in place, goes on, and is cancelled', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const editor = new PlanEditor(window)
  const activity = new Activity(window)
  await writeTree(join(holdfast.home, 'Films'), { 'film.mkv': noise(40_000_000, 7) })
  await app.open(`/plans/new?path=${encodeURIComponent(join(holdfast.home, 'Films'))}`)
  const options = editor.step('Options')
  await options.getByRole('button', { name: 'Limit at some hours' }).click()
  for (const name of ['Limited from', 'Limited until']) {
    await options.getByLabel(name).getByRole('spinbutton').first().press('Home')
  }
  await options.getByRole('textbox', { name: 'At most', exact: true }).fill('0.1')
  await options.getByRole('textbox', { name: /^To .*, at most$/ }).fill('2')
  await editor.backUpNow()
  const job = activity.job('Back up Films')
  await job.getByRole('button', { name: 'Pause' }).click()
  await expect(job).toContainText('Paused')
  await job.getByRole('button', { name: 'Resume' }).click()
  await expect(job.getByRole('button', { name: 'Pause' })).toBeVisible()
  await job.getByRole('button', { name: 'Pause' }).click()
  await job.getByRole('button', { name: 'Cancel' }).click()
  await app.confirm('Cancel the job')
  await expect(job.getByText('Cancelled').first()).toBeVisible()
  const saved = (await holdfast.json('plan', 'list')).map((each) => plan.parse(each.plan))
  const films = saved.find(({ name }) => name === 'Films')
  expect(films?.options.bandwidth).toEqual([{ from: '00:00', to: '00:00', bytesPerSecond: 104_858 }])
  expect(films?.destinations).toMatchObject([{ writeLimitBytesPerSecond: 2 * 2 ** 20 }])

  await app.open('/plans/new')
  const kinds = editor.step('What')
  for (const [kind, heading] of [
    ['Disks', 'Protect a disk'],
    ['MySQL or MariaDB', 'Protect a MySQL or MariaDB server'],
    ['Couchbase', 'Protect a Couchbase bucket'],
    ['Job server', 'Protect a job server'],
    ['Folders', 'Protect a folder'],
  ] as const) {
    await kinds.locator('label', { hasText: kind }).click()
    await app.expectHeading(heading)
    await expect(options.getByRole('button', { name: 'Limit at some hours' })).toBeVisible()
  }
})

test('the calendar shows what ran and what is to come, and leads to both', async ({ window, holdfast }) => {
  const app = new App(window)
  await holdfast.cli('plan', 'add', join(holdfast.home, 'Documents'), '--name', 'Every five', '--every', '5')
  await holdfast.cli('plan', 'run', 'Every five')
  await app.goTo('Plans')
  await window.getByRole('link', { name: 'Calendar' }).click()
  await app.expectHeading('Calendar')
  const today = window.getByRole('region', { name: /^Runs of/ })
  await expect(today.getByRole('listitem').filter({ hasText: 'Every five' }).first()).toContainText('good')
  await expect(today.getByRole('listitem').filter({ hasText: 'planned' }).first()).toBeVisible()
  await window.getByRole('button', { name: 'Next month' }).click()
  await window
    .getByRole('button', { name: /runs planned$/ })
    .first()
    .click()
  // The plan has another name once the test above has changed it.
  await expect(
    today
      .getByRole('listitem')
      .filter({ hasText: /Documents|Papers/ })
      .first(),
  ).toContainText('12:30')
})
