import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Locator, type Page } from '@playwright/test'
import {
  credentials,
  host,
  makeCouchFiles,
  TestCluster,
  vbucketContent,
} from '../../src-main/engines/couchbase/testing/cluster.fixture.ts'
import { test } from '../harness/test.ts'
import { writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RestorePanel } from '../models/restore.ts'

// What cannot be clicked says so, long before the test as a whole has taken too long.
test.use({ actionTimeout: 30_000 })

const vbuckets = 24
const fileBytes = 200_003

test('a bucket is planned, tested, backed up, looked into, restored, and laid out for a node', async ({
  window,
  holdfast,
}) => {
  test.setTimeout(600_000)
  const app = new App(window)
  const editor = new PlanEditor(window)
  const cluster = await TestCluster.open(join(holdfast.folder, 'cluster'), {
    vbucketCount: vbuckets,
    fileBytes,
    nodes: 2,
    dialect: 's8',
  })
  await holdfast.cli('init', join(holdfast.folder, 'Elements'), '--name', 'Elements')
  const [seed] = cluster.seeds
  const address = `${host}:${seed?.port}`
  try {
    await test.step('the plan editor asks for the cluster, and says what it finds there', async () => {
      await app.open('/plans/new')
      const what = editor.step('What')
      await what.getByText('Couchbase', { exact: true }).click()
      await editor.name.fill('Shop')
      await editor.backUpNow()
      await expect(what.getByRole('alert')).toHaveText('Name at least one node.')
      await what
        .getByRole('combobox', { name: 'Nodes' })
        .or(what.getByRole('textbox', { name: 'Nodes' }))
        .fill(address)
      await what.getByRole('textbox', { name: 'Bucket', exact: true }).fill('default')
      await what.getByRole('textbox', { name: 'User', exact: true }).fill(credentials.user)
      await what.getByRole('textbox', { name: 'Password', exact: true }).fill('wrong')
      await what.getByRole('button', { name: 'Test the connection' }).click()
      await expect(what.getByRole('status')).toContainText('refused these credentials')
      await what.getByRole('textbox', { name: 'Password', exact: true }).fill(credentials.password)
      await what.getByRole('button', { name: 'Test the connection' }).click()
      await expect(what.getByRole('status')).toContainText(`${vbuckets} vbuckets on ${address} (12)`)
      await expect(editor.summary).toContainText('Bucket default')
      await expect(editor.summary).toContainText('holdfast backup --couchbase')
      await shoot(window, 'plan')
    })

    await test.step('it runs, and the password is in no plan', async () => {
      await editor.backUpNow()
      await new Activity(window).expectGood('Back up Shop')
      expect(JSON.stringify(await holdfast.json('plan', 'list'))).not.toContain(credentials.password)
      await shoot(window, 'job')
    })

    const restored = join(holdfast.home, 'Rescued', 'default')
    await test.step('its snapshot is looked into, vbucket by vbucket', async () => {
      await window.getByRole('button', { name: 'Open snapshot' }).click()
      const explorer = new Explorer(window)
      await expect(explorer.row('report.json')).toBeVisible()
      await window.getByRole('button', { name: 'Bucket', exact: true }).click()
      const panel = window.getByRole('dialog', { name: 'Bucket default' })
      await expect(panel).toContainText(`${vbuckets} of ${vbuckets} vbuckets`)
      await expect(panel).toContainText('None by the nodes')
      await expect(panel.getByRole('row', { name: /^7 stored .* 1,?007 1 195 KiB$/ })).toBeVisible()
      await shoot(window, 'bucket')
      await panel.getByRole('button', { name: 'Close' }).click()
    })

    await test.step('one vbucket comes back as it was, and all of them', async () => {
      await holdfast.cli('restore', 'latest', '--target', join(holdfast.home, 'Rescued'))
      const explorer = new Explorer(window)
      await explorer.select('7')
      await explorer.details.getByRole('button', { name: /^Restore this/ }).click()
      const restore = new RestorePanel(window)
      await restore.intoNewFolder('One')
      await restore.start()
      await expect(restore.panel.getByRole('heading', { name: '1 file and 1 folder are back.' })).toBeVisible()
      await restore.panel.getByRole('button', { name: 'Done' }).click()
      const [file] = readdirSync(join(holdfast.home, 'One'), { recursive: true }).filter((name) =>
        String(name).endsWith('7.couch.1'),
      )
      const bytes = readFileSync(join(holdfast.home, 'One', String(file)))
      expect(bytes.equals(vbucketContent(7, fileBytes))).toBe(true)
    })

    await test.step('the restored folder becomes the data folder of a node', async () => {
      await window.getByRole('button', { name: 'Bucket', exact: true }).click()
      const panel = window.getByRole('dialog', { name: 'Bucket default' })
      const place = panel.getByRole('form', { name: 'As a data folder' })
      const target = join(holdfast.folder, 'placed')
      mkdirSync(target)
      await place.getByRole('textbox', { name: 'Folder of the restored bucket' }).fill(restored)
      await place.getByRole('textbox', { name: 'Data folder to be' }).fill(target)
      await place.scrollIntoViewIfNeeded()
      await shoot(window, 'return')
      await place.getByRole('button', { name: 'Lay out' }).click()
      const title = `Lay out a bucket in ${target}`
      await new Activity(window).expectGood(title)
      await expect(new Activity(window).job(title)).toContainText(`Restored to ${target}`)
      expect(readFileSync(join(target, '5.couch.1')).equals(vbucketContent(5, fileBytes))).toBe(true)
      await shoot(window, 'placed')
    })
  } finally {
    await cluster.close()
  }
})

test('one Holdfast is the node: its service is set up, backed up over TLS, and pulls the bucket back', async ({
  window,
  holdfast,
}) => {
  test.setTimeout(600_000)
  const app = new App(window)
  const activity = new Activity(window)
  const live = join(holdfast.folder, 'live')
  const empty = join(holdfast.folder, 'empty')
  const restored = join(holdfast.home, 'Rescued', 'shop')
  await makeCouchFiles(live, Array(8).keys(), 100_001)
  await writeTree(live, { 'deks/key-1.key.1': 'sealed' })
  mkdirSync(empty)
  await holdfast.cli('init', join(holdfast.folder, 'Elements'), '--name', 'Elements')
  const service = window.getByRole('region', { name: 'Couchbase snapshot server', exact: true })
  const toggle = window.getByRole('switch', { name: 'Couchbase snapshot server' })
  const field = (within: Locator, name: string) => within.getByRole('textbox', { name, exact: true })
  const address = service.getByText(/^127\.0\.0\.1:[1-9]\d*$/)
  let fingerprint = ''
  let at = ''
  let snapshotPage = ''

  const editor = new PlanEditor(window)
  const what = editor.step('What')
  const backUp = async (name: string, user: string, password: string) => {
    await app.open('/plans/new')
    await what.getByText('Couchbase', { exact: true }).click()
    await editor.name.fill(name)
    await what
      .getByRole('combobox', { name: 'Nodes' })
      .or(what.getByRole('textbox', { name: 'Nodes' }))
      .fill(at)
    await field(what, 'Bucket').fill('shop')
    await field(what, 'User').fill(user)
    await field(what, 'Password').fill(password)
    await what.getByRole('checkbox', { name: 'TLS', exact: true }).check()
    await field(what, 'Fingerprint of the one certificate to accept').fill(fingerprint)
    await what.getByRole('button', { name: 'Test the connection' }).click()
    await expect(what.getByRole('status')).toContainText('8 vbuckets')
    await editor.backUpNow()
  }

  await test.step('the service is given a folder, users and TLS, and switched on', async () => {
    await app.open('/services/couchbase')
    await service.getByRole('textbox', { name: 'Port' }).fill('0')
    await service.getByRole('button', { name: 'Use this address' }).click()
    await expect(service.getByRole('button', { name: 'Use this address' })).toBeDisabled()
    await field(service, 'Folder with the bucket').fill(live)
    await field(service, 'Vbuckets of a data folder').fill('8')
    await field(service, 'Bucket').fill('shop')
    await field(service, 'User').fill('backup')
    await service.getByRole('textbox', { name: 'Password' }).fill('s3cret')
    await service.getByRole('checkbox', { name: 'TLS on this computer’s own addresses too' }).check()
    await service.getByRole('button', { name: 'Add a user' }).click()
    const more = service.getByRole('group', { name: 'More users' })
    await field(more, 'User').fill('viewer')
    await more.getByRole('textbox', { name: 'Password' }).fill('lookin')
    await more.getByRole('combobox', { name: 'May' }).click({ force: true })
    await window.getByRole('option', { name: 'See figures' }).click()
    await window.getByRole('option', { name: 'Take snapshots' }).click()
    await window.keyboard.press('Escape')
    await service.getByRole('button', { name: 'Save' }).click()
    await expect(service.getByRole('textbox', { name: 'Password' }).first()).toHaveValue('')
    await toggle.click({ force: true })
    await app.confirm('Switch on')
    fingerprint = (await service.getByText(/^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/i).textContent()) ?? ''
    at = (await address.first().textContent()) ?? ''
    await shoot(window, 'service')
  })

  await test.step('a plan backs it up over TLS; whoever may only see figures is refused', async () => {
    await backUp('Look', 'viewer', 'lookin')
    await expect(window.getByText(/refused these credentials/).first()).toBeVisible({ timeout: 60_000 })
    await backUp('Shop', 'backup', 's3cret')
    await activity.expectGood('Back up Shop')
  })

  await test.step('its snapshot shows files, sizes, and keys of the nodes', async () => {
    await window.getByRole('button', { name: 'Open snapshot' }).click()
    const explorer = new Explorer(window)
    await expect(explorer.row('report.json')).toBeVisible()
    await window.getByRole('button', { name: 'Bucket', exact: true }).click()
    const panel = window.getByRole('dialog', { name: 'Bucket shop' })
    await expect(panel).toContainText('8 of 8 vbuckets')
    await expect(panel).toContainText('By the nodes, 1 key in here')
    await expect(panel.getByRole('row', { name: /^3 stored .* 1 97\.7 KiB$/ })).toBeVisible()
  })

  await test.step('it is restored to a folder; the service becomes an empty node, which pulls it out of the snapshot', async () => {
    await holdfast.cli('restore', 'latest', '--target', join(holdfast.home, 'Rescued'))
    expect(readFileSync(join(restored, '6', '6.couch.1')).equals(vbucketContent(6, 100_001))).toBe(true)
    snapshotPage = window.url()
    await app.open('/services/couchbase')
    await field(service, 'Folder with the bucket').fill(empty)
    await service.getByRole('button', { name: 'Save' }).click()
    await expect(address.first()).not.toHaveText(at) // it has started anew
    at = (await address.first().textContent()) ?? ''
    await window.goto(snapshotPage)
    await window.getByRole('button', { name: 'Bucket', exact: true }).click()
    const panel = window.getByRole('dialog', { name: 'Bucket shop' })
    const pull = panel.getByRole('form', { name: 'Into a node' })
    await field(pull, 'Node').fill(at)
    await field(pull, 'User').fill('backup')
    await field(pull, 'Password').fill('s3cret')
    await pull.getByRole('checkbox', { name: 'TLS', exact: true }).check()
    await field(pull, 'Fingerprint of the one certificate to accept').fill(fingerprint)
    await pull.getByRole('checkbox', { name: 'Make the vbuckets active at once' }).check()
    await pull.getByRole('button', { name: 'Have it pulled' }).click()
    const title = `Have ${at} pull shop`
    await activity.expectGood(title)
    await expect(activity.job(title)).toContainText('16')
    await shoot(window, 'pulled')
    for (let vbid = 0; vbid < 8; vbid++)
      expect(readFileSync(join(empty, `${vbid}.couch.1`)).equals(vbucketContent(vbid, 100_001)), String(vbid)).toBe(
        true,
      )
    expect(readFileSync(join(empty, 'deks', 'key-1.key.1'), 'utf8')).toBe('sealed')
    expect(JSON.stringify(await holdfast.json('job', 'list'))).not.toContain('s3cret')
  })

  await test.step('then the service offers the snapshot itself, which is backed up from there', async () => {
    await window.goto(snapshotPage)
    await window.getByRole('button', { name: 'Bucket', exact: true }).click()
    await window.getByRole('form', { name: 'To other nodes' }).getByRole('button', { name: 'Serve it' }).click()
    await expect(service).toContainText('Serves the snapshot host/')
    await expect(address.first()).toBeVisible()
    at = (await address.first().textContent()) ?? ''
    await shoot(window, 'serves')
    await backUp('Again', 'backup', 's3cret')
    await activity.expectGood('Back up Again')
    await holdfast.cli('restore', 'latest', '--target', join(holdfast.home, 'Again'))
    expect(
      readFileSync(join(holdfast.home, 'Again', 'shop', '6', '6.couch.1')).equals(vbucketContent(6, 100_001)),
    ).toBe(true)
  })

  await test.step('switched off, nobody answers any more', async () => {
    await app.open('/services/couchbase')
    await toggle.click({ force: true })
    await expect(toggle).not.toBeChecked()
    await expect(address).toHaveCount(0)
  })
})

/** Four pictures to look at: both sizes, light and dark. */
async function shoot(page: Page, name: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme })
    for (const [width, height] of [
      [1920, 1080],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: `test-results/couchbase/${name}-${width}.${scheme}.png`, animations: 'disabled' })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
}
