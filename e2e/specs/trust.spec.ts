import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import Database from 'better-sqlite3'
import { SMTPServer } from 'smtp-server'
import { test } from '../harness/test.ts'
import { noise, writeTree } from '../harness/tree.ts'
import { App } from '../models/app.ts'
import { PlanEditor } from '../models/plan-editor.ts'
import { RecoverySheet } from '../models/recovery-sheet.ts'

/** A mail server that knows one account and keeps what it is given. */
async function mailServer() {
  const mails: string[] = []
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'joe' && password === 'right' ? done(null, { user: 'joe' }) : done(new Error('Invalid login')),
    async onData(stream, _session, done) {
      mails.push(Buffer.concat(await Array.fromAsync(stream)).toString())
      done()
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo // it listens on TCP
  return { mails, port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}

/** A web server that answers with a status and keeps what it is sent. */
async function webServer() {
  const requests: { url: string; body: string }[] = []
  const answer = { status: 200 }
  const server = createServer(async (request, response) => {
    requests.push({ url: request.url ?? '', body: Buffer.concat(await Array.fromAsync(request)).toString() })
    response.writeHead(answer.status).end(answer.status === 200 ? 'ok' : 'no such topic')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { requests, answer, address: `http://127.0.0.1:${port}`, close: () => server.close() }
}

function channelRow(window: Page, name: string) {
  return window.getByRole('article', { name })
}

test('a channel is tested with the words of the server, saved, and hears of runs', async ({ window, holdfast }) => {
  const app = new App(window)
  const mail = await mailServer()
  const web = await webServer()
  try {
    await app.open('/settings/notifications')
    await window.getByRole('button', { name: 'Add a channel' }).click()
    const dialog = window.getByRole('dialog')
    await dialog.getByLabel('To', { exact: true }).fill('me@example.org')
    await dialog.getByLabel('From').fill('nas@example.org')
    await dialog.getByLabel('Mail server').fill('127.0.0.1')
    await dialog.getByRole('combobox', { name: 'Encryption' }).click()
    await window.getByRole('option', { name: 'None' }).click()
    await dialog.getByRole('textbox', { name: 'Port' }).fill(String(mail.port))
    await dialog.getByRole('textbox', { name: 'User' }).fill('joe')
    await dialog.getByRole('textbox', { name: 'Password' }).fill('wrong')
    await dialog.getByRole('button', { name: 'Send a test' }).click()
    await expect(dialog.getByRole('status')).toContainText('Invalid login')
    expect(mail.mails).toEqual([])

    await dialog.getByRole('textbox', { name: 'Password' }).fill('right')
    await dialog.getByRole('button', { name: 'Send a test' }).click()
    await expect(dialog.getByRole('status')).toContainText('The test went through.')
    expect(mail.mails[0]).toContain('If you can read this')
    await dialog.getByRole('button', { name: 'Save channel' }).click()
    await expect(channelRow(window, 'me@example.org')).toContainText('E-mail')

    await window.getByRole('button', { name: 'Add a channel' }).click()
    await dialog.getByRole('combobox', { name: 'Kind' }).click()
    await window.getByRole('option', { name: 'ntfy' }).click()
    await dialog.getByLabel('Address of the topic').fill(`${web.address}/backups`)
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Phone')
    await dialog.getByRole('checkbox', { name: 'A good run' }).check()
    web.answer.status = 404
    await dialog.getByRole('button', { name: 'Send a test' }).click()
    await expect(dialog.getByRole('status')).toContainText('It answered 404: no such topic')
    web.answer.status = 200
    await dialog.getByRole('button', { name: 'Save channel' }).click()
    await expect(channelRow(window, 'Phone')).toContainText('Nothing sent since Holdfast started')

    const documents = join(holdfast.home, 'Documents')
    await writeTree(documents, { 'letter.txt': 'Dear Maren,\n' })
    await holdfast.cli('plan', 'add', documents, '--name', 'Documents')
    await app.goTo('Plans')
    await window.getByRole('main').getByRole('button', { name: 'Back up now' }).click()
    await expect.poll(() => web.requests.at(-1)?.body ?? '').toContain('seen = ')
    await app.open('/settings/notifications')
    await expect(channelRow(window, 'Phone')).toContainText('Back up Documents: done')

    await channelRow(window, 'Phone').getByRole('button', { name: 'Remove Phone' }).click()
    await app.confirm('Remove Phone')
    await expect(channelRow(window, 'Phone')).toHaveCount(0)
  } finally {
    web.close()
    await mail.close()
  }
})

test('a folder that gets encrypted is the first thing on the overview, until somebody has looked', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const documents = join(holdfast.home, 'Documents')
  const text = (at: number) => `Letter ${at}. `.repeat(800)
  await writeTree(documents, Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`letter ${at}.txt`, text(at)])))
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents')
  await holdfast.cli('plan', 'run', 'Documents')
  for (const [at, name] of (await readdir(documents)).entries()) {
    await writeFile(join(documents, name), noise(60_000, 2 * at + 1))
    await rename(join(documents, name), join(documents, `${name}.locked`))
  }
  // A run with warnings ends with a status of its own.
  await expect(holdfast.cli('plan', 'run', 'Documents')).rejects.toThrow('120 files now end in .locked')

  await app.goTo('Overview')
  const warning = window.getByRole('region', { name: 'Back up Documents: this looks unusual.' })
  await expect(warning).toContainText('120 files now end in .locked')
  await expect(warning).toContainText('cannot be compressed')
  await warning.getByRole('link', { name: 'Open the run' }).click()
  await expect(window.getByRole('region', { name: /this looks unusual/ })).toContainText('.locked')

  await app.goTo('Overview')
  await warning.getByRole('button', { name: 'Open the last good snapshot' }).click()
  await expect(window.getByRole('main')).toContainText('protected')
  await expect(window.getByRole('main')).toContainText('letter 1.txt')

  await app.goTo('Overview')
  await warning.getByRole('button', { name: 'I looked: it is fine' }).click()
  await expect(warning).toHaveCount(0)
})

test('a log that was tampered with does not verify, nor one that was cut short', async ({ window, holdfast }) => {
  const app = new App(window)
  const documents = join(holdfast.home, 'Documents')
  await writeTree(documents, { 'letter.txt': 'Dear Maren,\n' })
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents')
  await holdfast.cli('plan', 'add', documents, '--name', 'Once more')
  await app.open('/settings/security')
  const log = window.getByRole('table', { name: 'Audit log' })
  await expect(log.getByRole('row')).not.toHaveCount(1)
  await expect(log).toContainText('plans.save')
  const section = window.getByRole('region', { name: 'Audit log' })
  const verify = section.getByRole('button', { name: 'Verify the log' })
  await verify.click()
  await expect(section.getByRole('status')).toContainText('The log is whole')
  const head = (await section.getByRole('status').locator('code').textContent()) ?? ''
  expect(head).toMatch(/^[0-9a-f]{64}$/)

  const catalog = new Database(join(holdfast.folder, 'data', 'catalog.sqlite'))
  try {
    const last = catalog.prepare('SELECT * FROM audit ORDER BY id DESC LIMIT 1').get() as Record<string, unknown> // a row
    catalog.prepare('DELETE FROM audit WHERE id = ?').run(last.id)
    await verify.click()
    await expect(section.getByRole('status')).toContainText('The log is whole')
    await section.getByLabel('A hash written down earlier').fill(head)
    await verify.click()
    await expect(section.getByRole('status')).toContainText('cut short or written anew')

    catalog.prepare("UPDATE audit SET detail = '{}' WHERE id = 1").run()
    await verify.click()
    await expect(section.getByRole('status')).toContainText('Record 1 was changed.')
  } finally {
    catalog.close()
  }
})

test('a restore test says that files come back, and the plan says since when', async ({ window, holdfast }) => {
  const app = new App(window)
  const documents = join(holdfast.home, 'Documents')
  await writeTree(
    documents,
    Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`note ${at}.txt`, `${at}\n`.repeat(900)])),
  )
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents')
  await holdfast.cli('plan', 'run', 'Documents')
  await app.goTo('Plans')
  const proof = window.getByRole('region', { name: 'Proof that it comes back' })
  await expect(proof).toContainText('No restore was tried yet.')
  await proof.getByRole('button', { name: 'Test a restore now' }).click()
  await expect(window.getByRole('main')).toContainText('25 files')
  await expect(window.getByRole('main')).toContainText('all as they are stored')

  await app.goTo('Repositories')
  await window.getByRole('main').getByRole('button', { name: 'Verify now' }).click()
  await expect(window.getByRole('main')).toContainText('no snapshot is affected')
  await app.goTo('Overview')
  const lines = window.getByRole('region', { name: 'Would it come back?' })
  await expect(lines).toContainText('Every byte was read back within the last day.')
  await expect(lines).toContainText('25 files restored on')
  await expect(lines).toContainText('Proven')
})

test('a new key holds everything up until its sheet was read from; then its passphrase is changed', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const sheet = new RecoverySheet(window)
  await app.open('/settings/security')
  await window.getByRole('button', { name: 'New key' }).click()
  const dialog = window.getByRole('dialog', { name: 'New encryption key' })
  await dialog.getByLabel('Passphrase', { exact: true }).fill('secret')
  await expect(dialog.getByRole('status')).toContainText('Weak')
  await dialog.getByRole('button', { name: 'Suggest one' }).click()
  await expect(dialog.getByLabel('Passphrase', { exact: true })).toHaveValue(/^[a-z2-9]{5}(-[a-z2-9]{5}){4}$/)
  await dialog.getByRole('button', { name: 'Create key' }).click()

  await expect(sheet.dialog).toContainText('First save the recovery sheet of key main')
  await expect(sheet.dialog.getByRole('img', { name: 'The key file as a QR code' })).toBeVisible()
  await window.keyboard.press('Escape')
  await expect(sheet.dialog).toBeVisible()
  await app.open('/plans')
  await expect(sheet.dialog.getByRole('textbox').first()).toBeVisible()
  for (const field of await sheet.dialog.getByRole('textbox').all()) await field.fill('wrong')
  await sheet.dialog.getByRole('button', { name: 'The sheet is right' }).click()
  await expect(window.getByText('That is not what the sheet says.')).toBeVisible()
  await sheet.prove()
  expect(await holdfast.json('key', 'info')).toMatchObject([{ name: 'main', hasPassphrase: true }])

  await app.open('/settings/security')
  await window.getByRole('button', { name: 'Change passphrase' }).click()
  await window.getByRole('dialog').getByRole('button', { name: 'Remove the passphrase' }).click()
  // What was saved before is no longer what the key opens with.
  await expect(sheet.dialog).toContainText('First save the recovery sheet')
  await sheet.prove()
  expect(await holdfast.json('key', 'info')).toMatchObject([{ name: 'main', hasPassphrase: false }])
})

test('a damaged block is found, stored again from what is on the disk, and everything is whole', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const documents = join(holdfast.home, 'Documents')
  await writeTree(documents, { 'film.bin': noise(6_000_000, 3) })
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents')
  await holdfast.cli('plan', 'run', 'Documents')
  const chunks = join(holdfast.folder, 'data', 'repository', '.chunks')
  let largest = { path: '', size: 0 }
  for (const name of await readdir(chunks, { recursive: true })) {
    const { size } = await stat(join(chunks, name))
    if (/[0-9a-f]{64}$/.test(name) && size > largest.size) largest = { path: join(chunks, name), size }
  }
  const block = await readFile(largest.path)
  block[largest.size >> 1] = (block[largest.size >> 1] ?? 0) ^ 1
  await writeFile(largest.path, block)

  await app.goTo('Repositories')
  await window.getByRole('main').getByRole('button', { name: 'Repair' }).click()
  const dialog = window.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Look at every block', exact: true }).click()
  await expect(dialog).toContainText('1 damaged block in 1 snapshot.')
  await dialog.getByRole('button', { name: 'Store again what was lost', exact: true }).click()
  await dialog.getByRole('button', { name: 'Look again', exact: true }).click()
  await expect(dialog.getByRole('status')).toContainText('Everything is whole again.')
})

test('a canary is restored with the tests; one that was changed is the first thing on the overview', async ({
  window,
  holdfast,
}) => {
  const app = new App(window)
  const editor = new PlanEditor(window)
  const documents = join(holdfast.home, 'Documents')
  await writeTree(documents, { 'letter.txt': 'Dear Maren,\n' })
  await app.open(`/plans/new?path=${encodeURIComponent(documents)}`)
  await editor.step('Options').getByRole('switch', { name: 'Plant canary files' }).click()
  await editor.save()
  await app.expectHeading('Documents')
  await holdfast.cli('plan', 'run', 'Documents')
  await app.goTo('Plans')
  const test = window.getByRole('button', { name: 'Test a restore now' })
  await test.click()
  await expect(window.getByRole('main')).toContainText('as they were planted')
  await app.goTo('Plans')
  await expect(window.getByRole('region', { name: 'Proof that it comes back' })).toContainText('1 canary as it was.')

  const canary = join(documents, '.0-holdfast-canary.docx')
  await writeFile(canary, noise(500, 1))
  await expect(holdfast.cli('plan', 'run', 'Documents')).rejects.toThrow('was changed')
  await app.goTo('Overview')
  await expect(window.getByRole('heading', { level: 1 })).toHaveText(
    'Back up Documents: look at it before anything else.',
  )
  const warning = window.getByRole('region', { name: 'Back up Documents: this looks unusual.' })
  await expect(warning).toContainText(`The canary ${canary} was changed.`)
  await app.goTo('Plans')
  await test.click()
  await expect(window.getByRole('main')).toContainText(
    'The canary Documents/.0-holdfast-canary.docx was changed before it was backed up.',
  )
  await app.goTo('Overview')
  await warning.getByRole('button', { name: 'I looked: it is fine' }).click()
  await expect(warning).toHaveCount(0)
  await holdfast.cli('plan', 'run', 'Documents')
})
