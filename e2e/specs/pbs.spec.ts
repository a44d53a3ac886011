import { mkdirSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Page, type TestInfo } from '@playwright/test'
import { freePort } from '../../src-main/os/free-port.fixture.ts'
import { snapshot as snapshotModel } from '../../src-shared/model/snapshot.ts'
import { type Holdfast, startHoldfast } from '../harness/holdfast.ts'
import { test as base } from '../harness/test.ts'
import { findFile, noise, writeHole, writeTree } from '../harness/tree.ts'
import { openWindowHost } from '../harness/window-host.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RecoverySheet } from '../models/recovery-sheet.ts'
import { Repositories } from '../models/repositories.ts'
import { RestorePanel } from '../models/restore.ts'
import { ServerLogin } from '../models/server-login.ts'
import { Services } from '../models/services.ts'

/** Computers with a window each: `tower` is the server, `desk` backs up to it, `spare` is there when `desk` is lost. */
interface Computer {
  readonly holdfast: Holdfast
  readonly page: Page
}

const test = base.extend<{ readonly tower: Computer; readonly desk: Computer; readonly spare: Computer }>({
  tower: ({ holdfast, window }, use) => use({ holdfast, page: window }),
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
  desk: ({}, use, info) => withComputer('desk', use, info),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  spare: ({}, use, info) => withComputer('spare', use, info),
})

async function withComputer(name: string, use: (computer: Computer) => Promise<void>, info: TestInfo): Promise<void> {
  const holdfast = await startHoldfast()
  const host = await openWindowHost(holdfast)
  await use({ holdfast, page: await host.open() })
  await host.close()
  if (info.status !== info.expectedStatus) await info.attach(`${name}.log`, { body: holdfast.log() })
  await holdfast.close()
}

const password = 'correct horse battery'
const masterPassphrase = 'the master of keys'

// What cannot be clicked says so, long before the test as a whole has taken too long.
test.use({ actionTimeout: 30_000 })

test('one Holdfast is the server that another backs up to, from the first handshake to a changed certificate', async ({
  tower,
  desk,
  spare,
}) => {
  test.setTimeout(900_000)
  const port = await freePort()
  const services = new Services(tower.page)
  const app = new App(desk.page)
  const activity = new Activity(desk.page)
  const song = noise(3_000_000, 7)
  const documents = join(desk.holdfast.home, 'Documents')
  await writeTree(documents, { 'letter.txt': 'Dear Maren,\n', 'music/song.bin': song })
  const store = join(tower.holdfast.folder, 'store')
  await tower.holdfast.cli('init', store, '--name', 'Elements')
  mkdirSync(join(store, 'ns', 'family'), { recursive: true })
  const masterFile = join(desk.holdfast.folder, 'vault.pem')
  let fingerprint = ''

  await test.step('the server is switched on, with something to offer and somebody to use it', async () => {
    await new App(tower.page).goTo('Services')
    await tower.page.reload()
    await services.listenOn(port)
    await services.offer('Elements', 'elements')
    await services.addAccount('maren', password)
    await services.switchOn()
    fingerprint = (await services.fingerprint.textContent()) ?? ''
    await expect(services.pbs).toContainText(`127.0.0.1:${port}`)
    await expect(services.pbs.getByRole('row', { name: /maren@pbs/ })).toContainText('DatastoreAdmin')
  })

  await test.step('adding it asks to compare the certificate, refuses a wrong password, offers the namespaces', async () => {
    await app.goTo('Repositories')
    await desk.page.getByRole('button', { name: 'Add a repository' }).click()
    const login = new ServerLogin(desk.page, 'Add a repository')
    await login.dialog.getByRole('textbox', { name: 'Address' }).fill(`maren@pbs@127.0.0.1:${port}:`)
    await login.password.fill('wrong horse')
    await expect(login.dialog).toContainText(fingerprint)
    await expect(login.dialog.getByRole('button', { name: 'Connect repository' })).toBeDisabled()
    await login.trust()
    await expect(login.verdict).toContainText('refused these credentials')
    await login.password.fill(password)
    await expect(login.verdict).toContainText('Choose one of its datastores: elements')
    await login.dialog.getByRole('combobox', { name: 'Datastore' }).click()
    await desk.page.getByRole('option', { name: 'elements' }).click()
    await expect(login.verdict).toContainText('elements can be used')
    await login.dialog.getByRole('combobox', { name: 'Namespace' }).click()
    await desk.page.getByRole('option', { name: 'family' }).click()
    await login.dialog.getByRole('textbox', { name: 'Name' }).fill('Tower')
    await login.dialog.getByRole('combobox', { name: 'Encryption key' }).click()
    await desk.page.getByRole('option', { name: 'New key…' }).click()
    await login.dialog.getByLabel('Passphrase', { exact: true }).fill('a passphrase of its own')
    await login.dialog.getByRole('button', { name: 'Connect repository' }).click()
    const sheet = new RecoverySheet(desk.page)
    await expect(sheet.dialog).toContainText('Whoever has this sheet can read the backups')
    await expect(sheet.dialog.getByRole('img', { name: 'The key file as a QR code' })).toBeVisible()
    await sheet.prove()
    await app.expectHeading('Tower')
  })

  await test.step('a master key is made for it, put away, and used from here on', async () => {
    await desk.page.getByRole('tab', { name: 'Key' }).click()
    await expect(desk.page.getByRole('region', { name: 'Key of new backups' })).toContainText('Tower')
    // The note and owner of a group are there once it has been backed up; namespaces can be made before.
    await desk.page.getByRole('tab', { name: 'Namespaces and groups' }).click()
    const namespaces = desk.page.getByRole('region', { name: 'Namespaces' })
    await namespaces.getByRole('textbox', { name: 'New namespace' }).fill('family/photos')
    await namespaces.getByRole('button', { name: 'Create namespace' }).click()
    await expect(namespaces.getByText('family/photos', { exact: true })).toBeVisible()
    await namespaces.getByRole('button', { name: 'Remove namespace family/photos' }).click()
    await expect(namespaces.getByText('family/photos', { exact: true })).toHaveCount(0)
    await desk.page.getByRole('tab', { name: 'Key' }).click()
    const region = desk.page.getByRole('region', { name: 'Master key' })
    await region.getByRole('button', { name: 'Make a master key' }).click()
    const dialog = desk.page.getByRole('dialog', { name: 'Make a master key' })
    await dialog.getByLabel('Passphrase', { exact: true }).fill(masterPassphrase)
    await dialog.getByRole('button', { name: 'Make a master key' }).click()
    await expect(dialog.getByRole('img', { name: 'Part 1 of 3 as a QR code' })).toBeVisible({ timeout: 90_000 })
    const use = dialog.getByRole('button', { name: 'It is put away: use it' })
    await expect(use).toBeDisabled()
    const [download] = await Promise.all([
      desk.page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Save the private part' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('master-private.pem')
    await download.saveAs(masterFile)
    await use.click()
    await expect(region).toContainText('RSA with 4096 bits')
  })

  await test.step('a plan backs up into the namespace, encrypted with the key of the repository', async () => {
    const editor = new PlanEditor(desk.page)
    await app.open(`/plans/new?path=${encodeURIComponent(documents)}`)
    await expect(editor.step('Where')).toContainText('elements can be used')
    await expect(editor.step('Where').getByRole('combobox', { name: 'Encryption key' })).toHaveValue('With key Tower')
    await editor.backUpNow()
    await activity.expectGood('Back up Documents')
    await expect(activity.job('Back up Documents')).toContainText('new in the repository')
  })

  await test.step('what the server holds is encrypted, and in the namespace', async () => {
    const [snapshot] = await desk.holdfast.json('snapshots')
    const { ref, archives, keyFingerprint } = snapshotModel.parse(snapshot)
    expect(ref.namespace).toBe('family')
    expect(keyFingerprint).toMatch(/^[0-9a-f:]{95}$/)
    expect(new Set(archives.map(({ cryptMode }) => cryptMode))).toEqual(new Set(['encrypt']))
    const time = new Date(ref.time * 1000).toISOString().replace('.000', '')
    const files = await readdir(join(store, 'ns/family/host', ref.backupId, time))
    expect(files).toEqual(expect.arrayContaining(['index.json.blob', 'rsa-encrypted.key.blob']))
    await app.goTo('Repositories')
    await desk.page.getByRole('tab', { name: 'Namespaces and groups' }).click()
    await expect(desk.page.getByRole('row', { name: /Documents family host/ })).toContainText('maren@pbs')
  })

  await test.step('while something is on its way the server says who is connected, and nothing of it stays when it is cancelled', async () => {
    await writeHole(join(desk.holdfast.home, 'Machines/lab.img'), 100 * 1024 ** 3)
    await desk.holdfast.cli('plan', 'add', join(desk.holdfast.home, 'Machines'), '--name', 'Machines', '-r', 'Tower')
    await app.goTo('Plans')
    await desk.page
      .getByRole('region', { name: 'Plans' })
      .getByRole('link', { name: /Machines/ })
      .click()
    await desk.page.getByRole('main').getByRole('button', { name: 'Back up now' }).click()
    await expect(services.connections.getByRole('row', { name: /maren@pbs .* backup elements:host\// })).toBeVisible()
    await activity.job('Back up Machines').getByRole('button', { name: 'Cancel' }).click()
    await app.confirm('Cancel the job')
    await expect(activity.job('Back up Machines').getByText('Cancelled').first()).toBeVisible()
    // Who looked at the repository a moment ago may still be connected, but writes nothing.
    await expect(services.connections).not.toContainText('backup elements')
    expect(await desk.holdfast.json('snapshots')).toHaveLength(1)
    await activity.jobs.filter({ hasText: 'Back up Documents' }).first().click()
  })

  await test.step('a file is found and comes back as it was', async () => {
    await desk.page.getByRole('button', { name: 'Open snapshot' }).click()
    const explorer = new Explorer(desk.page)
    await explorer.openFolder('music')
    await explorer.select('song.bin')
    await explorer.details.getByRole('button', { name: 'Restore this version' }).click()
    const restore = new RestorePanel(desk.page)
    await restore.intoNewFolder('Rescued')
    await restore.start()
    await expect(restore.panel.getByRole('heading', { name: '1 file is back.' })).toBeVisible()
    const rescued = await readFile(await findFile(join(desk.holdfast.home, 'Rescued'), 'song.bin'))
    expect(rescued.equals(song)).toBe(true)
    await restore.panel.getByRole('button', { name: 'Done' }).click()
  })

  await test.step('the server verifies what it holds, and says so on its own screen', async () => {
    await app.goTo('Repositories')
    await desk.page.getByRole('button', { name: 'Verify now' }).click()
    await activity.expectGood('Verify Tower')
    await expect(activity.job('Verify Tower')).toContainText('no snapshot is affected')
    // The log of the server's task is part of the job's.
    await expect(activity.job('Verify Tower')).toContainText('Server: TASK OK')
    await expect(services.pbs.getByRole('region', { name: 'Log' })).toContainText('verify')
    await app.goTo('Repositories')
    await desk.page.getByRole('tab', { name: 'Tasks of the server' }).click()
    await desk.page.getByRole('button', { name: /^verify elements/ }).click()
    await expect(desk.page.getByRole('region', { name: /^Log of verify elements/ })).toContainText('TASK OK')
    await desk.page.getByRole('tab', { name: 'Overview' }).click()
  })

  await test.step('prune removes on the server what its preview said', async () => {
    await writeTree(documents, { 'letter.txt': 'Dear Maren,\nonce more.\n' })
    await desk.holdfast.cli('plan', 'run', 'Documents')
    await app.goTo('Repositories')
    const repositories = new Repositories(desk.page)
    await repositories.keepOnly('1')
    await expect(repositories.prune).toContainText('1 of 2 snapshots would go.')
    await repositories.prune.getByRole('button', { name: 'Prune 1 snapshot' }).click()
    await app.confirm('Prune 1 snapshot')
    await activity.expectGood('Prune Tower')
    expect(await desk.holdfast.json('snapshots')).toHaveLength(1)
  })

  await test.step('to a computer that has lost the key the private part of the master key brings it back', async () => {
    await spare.page.getByRole('link', { name: 'Repositories', exact: true }).click()
    await spare.page.getByRole('button', { name: 'Add a repository' }).click()
    const login = new ServerLogin(spare.page, 'Add a repository')
    await login.dialog.getByRole('textbox', { name: 'Address' }).fill(`maren@pbs@127.0.0.1:${port}:elements`)
    await login.password.fill(password)
    await login.trust()
    await expect(login.verdict).toContainText('elements can be used')
    await login.dialog.getByRole('textbox', { name: 'Name' }).fill('Tower')
    await login.dialog.getByRole('button', { name: /^Connect/ }).click()
    await spare.page.getByRole('tab', { name: 'Key' }).click()
    const recover = async (passphrase: string) => {
      await spare.page.getByRole('button', { name: 'Bring back lost keys' }).click()
      const dialog = spare.page.getByRole('dialog', { name: 'Bring back lost keys from Tower' })
      await dialog.locator('input[type=file]').setInputFiles(masterFile)
      await expect(dialog.getByRole('textbox', { name: 'Private part of the master key' })).toHaveValue(/PRIVATE KEY/)
      await dialog.getByLabel('Passphrase', { exact: true }).fill(passphrase)
      await dialog.getByRole('button', { name: 'Bring back lost keys' }).click()
      return dialog
    }
    const refused = await recover('not the master')
    await expect(spare.page.getByText('The key could not be opened with this passphrase.')).toBeVisible()
    await refused.getByRole('button', { name: 'Close' }).or(refused.locator('.mantine-Modal-close')).first().click()
    await recover(masterPassphrase)
    await expect(spare.page.getByText('These keys are back: Tower.')).toBeVisible()
    await spare.holdfast.cli('restore', 'latest', '--target', join(spare.holdfast.home, 'Back'))
    const back = await readFile(await findFile(join(spare.holdfast.home, 'Back'), 'song.bin'))
    expect(back.equals(song)).toBe(true)
  })

  await test.step('another certificate stops everything until a person compared and trusted it', async () => {
    await services.switchOff()
    await rm(join(tower.holdfast.folder, 'data/servers/pbs/pbs-server.json'))
    await services.switchOn()
    const next = (await services.fingerprint.textContent()) ?? ''
    expect(next).not.toBe(fingerprint)

    await app.open('/plans')
    await desk.page
      .getByRole('region', { name: 'Plans' })
      .getByRole('link', { name: /Documents/ })
      .click()
    await desk.page.getByRole('main').getByRole('button', { name: 'Back up now' }).click()
    await expect(activity.job('Back up Documents')).toContainText('The certificate of this server is not trusted.')
    await expect(services.connections).toContainText('Nobody')
    await app.goTo('Repositories')
    await expect(desk.page.getByText('Another certificate')).toBeVisible()
    await desk.page.getByRole('button', { name: 'Compare the certificate' }).click()
    const login = new ServerLogin(desk.page, 'Password and certificate of Tower')
    await expect(login.dialog).toContainText(next)
    await expect(login.dialog).toContainText(fingerprint)
    await login.trust()
    await expect(login.verdict).toContainText('elements can be used')
    await login.dialog.getByRole('button', { name: 'Use from now on' }).click()
    await expect(desk.page.getByText('Connected')).toBeVisible()
    await desk.holdfast.cli('plan', 'run', 'Documents')
  })
})
