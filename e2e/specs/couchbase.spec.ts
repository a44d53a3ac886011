import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import {
  credentials,
  host,
  TestCluster,
  vbucketContent,
} from '../../src-main/engines/couchbase/testing/cluster.fixture.ts'
import { test } from '../harness/test.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RestorePanel } from '../models/restore.ts'

const vbuckets = 24
const fileBytes = 200_003

test('a bucket is planned, tested, backed up, looked into, restored, laid out, and pulled by another node', async ({
  window,
  holdfast,
}) => {
  test.setTimeout(300_000)
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
      await panel.getByRole('textbox', { name: 'Folder of the restored bucket' }).fill(restored)
      const place = panel.getByRole('form', { name: 'As a data folder' })
      const target = join(holdfast.folder, 'placed')
      mkdirSync(target)
      await place.getByRole('textbox', { name: 'Data folder to be' }).fill(target)
      await place.getByRole('button', { name: 'Lay out' }).click()
      await expect(place.getByRole('status')).toHaveText(`${vbuckets} vbuckets are there.`)
      expect(readFileSync(join(target, '5.couch.1')).equals(vbucketContent(5, fileBytes))).toBe(true)
      await place.getByRole('button', { name: 'Lay out' }).click()
      await expect(place.getByRole('status')).toContainText('This folder is not empty.')
      await place.scrollIntoViewIfNeeded()
      await shoot(window, 'return')
    })

    await test.step('and an empty node pulls it', async () => {
      const empty = await TestCluster.open(join(holdfast.folder, 'empty'), {
        vbucketCount: vbuckets,
        fileBytes,
        nodes: 1,
      })
      try {
        const pull = window.getByRole('form', { name: 'Into a node' })
        await pull.getByRole('textbox', { name: 'Node', exact: true }).fill(`${host}:${empty.seeds[0]?.port}`)
        await pull.getByRole('textbox', { name: 'User', exact: true }).fill(credentials.user)
        await pull.getByRole('textbox', { name: 'Password', exact: true }).fill(credentials.password)
        await pull.getByRole('button', { name: 'Have it pulled' }).click()
        await expect(pull.getByRole('status')).toHaveText(`${vbuckets} vbuckets are there.`)
        expect(readdirSync(join(holdfast.folder, 'empty', 'node-0', 'snapshots'))).toHaveLength(vbuckets)
      } finally {
        await empty.close()
      }
    })
  } finally {
    await cluster.close()
  }
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
