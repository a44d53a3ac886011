import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { startGateway } from '../../src-main/repositories/s3/testing/gateway.fixture.ts'
import { test as base } from '../harness/test.ts'
import { findFile, noise, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { AddBucket } from '../models/add-bucket.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RestorePanel } from '../models/restore.ts'

type Gateway = Awaited<ReturnType<typeof startGateway>>

const test = base.extend<{ readonly gateway: Gateway }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
  gateway: async ({}, use) => {
    const gateway = await startGateway()
    await use(gateway)
    await gateway.close()
  },
})

test.use({ actionTimeout: 30_000 })
test.skip(spawnSync('sh', ['-c', 'command -v radosgw']).status !== 0, 'Ceph’s object gateway is not on this machine')

test('a bucket is added with its keys, backed up to, browsed and restored from, and missed when it is gone', async ({
  window,
  holdfast,
  gateway,
}) => {
  test.setTimeout(600_000)
  const app = new App(window)
  const activity = new Activity(window)
  const song = noise(3_000_000, 7)
  const documents = join(holdfast.home, 'Documents')
  await writeTree(documents, { 'letter.txt': 'Dear Maren,\n', 'music/song.bin': song })
  const address = await gateway.address('desk', gateway.secureEndpoint)
  const bucket = /@([^/]+)\/desk/.exec(address)?.[1] ?? ''
  const stranger = await gateway.addUser()

  await test.step('the certificate is compared, a wrong secret refused, and the place found empty', async () => {
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'Add a repository' }).click()
    const adding = new AddBucket(window, 'Add a repository')
    await adding.choose()
    await adding.fill({ endpoint: gateway.secureEndpoint, bucket, folder: 'desk', accessKey: gateway.accessKeyId })
    await adding.secret.fill('wrong')
    await expect(adding.dialog).toContainText(gateway.fingerprint)
    await expect(adding.create).toBeDisabled()
    await adding.trust()
    await expect(adding.verdict).toContainText('The secret key is not that of this access key.')
    await adding.secret.fill(gateway.secret)
    await expect(adding.verdict).toContainText('Nothing is there yet; a repository can be created in the bucket.')
    await expect(adding.name).toHaveValue('Desk')
    await adding.create.click()
    await app.expectHeading('Desk')
    await expect(window.getByText('Connected')).toBeVisible()
    await expect(window.getByRole('main')).toContainText(address)
  })

  await test.step('nothing says how full it is, since nobody knows', async () => {
    await expect(window.getByRole('main')).not.toContainText(/free|% full|of 0 B/i)
    await expect(window.getByRole('main')).toContainText('No limit known')
  })

  await test.step('a plan of a folder backs up into it', async () => {
    const editor = new PlanEditor(window)
    await app.open(`/plans/new?path=${encodeURIComponent(documents)}`)
    await expect(editor.step('Where')).toContainText('There is a repository with 0 snapshots; it can be used.')
    await expect(editor.step('Where')).toContainText('S3 bucket')
    await editor.backUpNow()
    await activity.expectGood('Back up Documents')
    await expect(activity.job('Back up Documents')).toContainText('new in the repository')
  })

  await test.step('its files are browsed, and one comes back as it was', async () => {
    await window.getByRole('button', { name: 'Open snapshot' }).click()
    const explorer = new Explorer(window)
    await explorer.select('letter.txt')
    await expect(explorer.content).toContainText('Dear Maren,')
    await explorer.openFolder('music')
    await explorer.select('song.bin')
    await explorer.details.getByRole('button', { name: 'Restore this version' }).click()
    const restore = new RestorePanel(window)
    await restore.intoNewFolder('Rescued')
    await restore.start()
    await expect(restore.panel.getByRole('heading', { name: '1 file is back.' })).toBeVisible()
    const rescued = await readFile(await findFile(join(holdfast.home, 'Rescued'), 'song.bin'))
    expect(rescued.equals(song)).toBe(true)
    await restore.panel.getByRole('button', { name: 'Done' }).click()
  })

  await test.step('it is verified, and garbage is collected', async () => {
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'Verify now' }).click()
    await activity.expectGood('Verify Desk')
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'Collect: Garbage collection' }).click()
    await activity.expectGood('Free space in Desk')
    await app.goTo('Overview')
    await expect(window.getByRole('main')).toContainText('No limit known')
  })

  await test.step('keys without rights are not taken, others are', async () => {
    await app.goTo('Repositories')
    await window.getByRole('button', { name: 'More' }).click()
    await window.getByRole('menuitem', { name: 'Keys and certificate' }).click()
    const changing = new AddBucket(window, 'Keys and certificate of Desk')
    await changing.accessKey.fill(stranger.accessKeyId)
    await changing.dialog.getByLabel('New secret key').fill(stranger.secret)
    await expect(changing.verdict).toContainText('This key may not do that there.')
    const use = changing.dialog.getByRole('button', { name: 'Use from now on' })
    await expect(use).toBeDisabled()
    await changing.accessKey.fill(gateway.accessKeyId)
    await changing.dialog.getByLabel('New secret key').fill(gateway.secret)
    await expect(changing.verdict).toContainText('There is a repository with 1 snapshot; it can be used.')
    await use.click()
    await expect(changing.dialog).toBeHidden()
    await expect(window.getByText('Connected')).toBeVisible()
  })

  await test.step('a store that is gone ends the job with its address, and is shown as away', async () => {
    await gateway.stop()
    await app.goTo('Plans')
    await window
      .getByRole('region', { name: 'Plans' })
      .getByRole('link', { name: /Documents/ })
      .click()
    await window.getByRole('main').getByRole('button', { name: 'Back up now' }).click()
    const job = activity.job('Back up Documents')
    await expect(job).toContainText('The repository did not answer.')
    await expect(job).toContainText(`${new URL(gateway.secureEndpoint).host}: nothing listens there.`)
    await app.goTo('Repositories')
    await expect(window.getByRole('main').getByText('Does not answer').first()).toBeVisible()
  })
})
