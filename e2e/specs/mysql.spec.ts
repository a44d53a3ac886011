import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, test as plain } from '@playwright/test'
import { startTestAgent } from '../../src-main/engines/xtrabackup/testing/agent.fixture.ts'
import {
  readChecksums,
  startTestServer,
  type TestServer,
} from '../../src-main/engines/xtrabackup/testing/mariadb-server.fixture.ts'
import { test } from '../harness/test.ts'
import { App } from '../models/app.ts'
import { PlanEditor } from '../models/plan-editor.ts'

const hasMariadb = ['/usr/sbin/mariadbd', 'mariadb-backup'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
)

/** Pictures for whoever looks, where a folder for them is named. */
async function look(page: Page, name: string): Promise<void> {
  const folder = process.env.HOLDFAST_LOOK
  if (folder === undefined) return
  for (const scheme of ['light', 'dark'] as const)
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: join(folder, `${name}-${scheme}-${width}.png`) })
    }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
}

if (!hasMariadb) {
  plain('MariaDB is not on this machine: plans of databases were not tried', () => {
    console.warn('mariadbd or mariadb-backup is missing: plans of databases were not tried in the window.')
  })
} else {
  let server: TestServer
  test.beforeAll(async () => {
    server = await startTestServer()
    await server.query(`CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY, note TEXT) ENGINE=InnoDB;
      CREATE TABLE shop.customers (id INT PRIMARY KEY) ENGINE=InnoDB;
      USE shop; INSERT INTO orders SELECT seq, REPEAT(MD5(seq), 10) FROM seq_1_to_2000;`)
  })
  test.afterAll(() => server.stop())

  test('a database server is planned, backed up, browsed by table and started to be looked at', async ({ window }) => {
    test.setTimeout(300_000)
    const app = new App(window)
    const editor = new PlanEditor(window)
    await app.open('/plans/new')
    const what = editor.step('What')
    await what.getByText('MySQL or MariaDB', { exact: true }).click()
    await what.getByRole('textbox', { name: 'Socket' }).fill(server.connection.socket ?? '')
    await what.getByRole('textbox', { name: 'Database user' }).fill(server.connection.user ?? '')
    await what.getByLabel('Database password').first().fill('wrong')
    await what.getByRole('button', { name: 'Test connection' }).click()
    await expect(what.getByRole('status')).toContainText('Access denied')
    await what.getByLabel('Database password').first().fill(server.connection.password)
    await what.getByRole('button', { name: 'Test connection' }).click()
    await expect(what.getByRole('status')).toContainText('MariaDB')
    await editor.name.fill('Shop server')
    await expect(editor.summary).toContainText('All databases.')
    await look(window, 'plan')
    await editor.backUpNow()
    await expect(window.getByRole('main')).toContainText('Good', { timeout: 120_000 })

    await app.goTo('Snapshots')
    const databases = window.getByRole('navigation', { name: 'Databases' })
    await expect(databases).toContainText('shop')
    await databases.getByRole('button', { name: /^shop/ }).click()
    const tables = window.getByRole('table', { name: 'Tables of shop' })
    await expect(tables.getByRole('row', { name: /orders/ })).toContainText('InnoDB')
    await expect(window.getByRole('main')).toContainText('Binary log')
    await look(window, 'databases')

    await window.getByRole('button', { name: 'Start as a server' }).click()
    await expect(window.getByRole('dialog')).toContainText('holdfast database serve')
    await look(window, 'start')
    await window.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click()
    const socket = window.getByRole('status', { name: 'Socket' })
    await expect(socket).toContainText('/socket', { timeout: 120_000 })
    await look(window, 'serving')
    const path = (await socket.textContent()) ?? ''
    expect(await readChecksums({ socket: path.trim() })).toEqual(await server.checksums())

    await window.getByRole('button', { name: 'Stop the server' }).click()
    await expect(socket).toHaveCount(0)
    await expect(window.getByRole('main')).not.toContainText('was cancelled')
  })

  test('through an agent, and a point given back to it', async ({ window }) => {
    const folder = mkdtempSync(join(tmpdir(), 'hf-e2e-agent-'))
    const { agent, port } = await startTestAgent({
      connection: server.connection,
      secret: 'sesame',
      restoreFolder: join(folder, 'restores'),
    })
    try {
      const app = new App(window)
      const editor = new PlanEditor(window)
      await app.open('/plans/new')
      const what = editor.step('What')
      await what.getByText('MySQL or MariaDB', { exact: true }).click()
      await what.getByText('Through an agent', { exact: true }).click()
      await what.getByRole('textbox', { name: 'Host' }).fill('127.0.0.1')
      await what.getByRole('textbox', { name: 'Port' }).fill(String(port))
      await what.getByRole('checkbox', { name: /without TLS|clear/i }).check()
      await what.getByLabel('Shared secret').first().fill('wrong')
      await what.getByRole('button', { name: 'Test connection' }).click()
      await expect(what.getByRole('status')).toContainText('shared secret is wrong')
      await what.getByLabel('Shared secret').first().fill('sesame')
      await what.getByRole('button', { name: 'Test connection' }).click()
      await expect(what.getByRole('status')).toContainText('MariaDB')
      await editor.name.fill('Shop through its agent')
      await editor.backUpNow()
      await expect(window.getByRole('main')).toContainText('Good')

      await app.goTo('Snapshots')
      await window.getByRole('button', { name: 'Send back to 127.0.0.1' }).click()
      const dialog = window.getByRole('dialog')
      await expect(dialog).toContainText('holdfast database send')
      await look(window, 'send')
      await dialog.getByRole('button', { name: 'Start', exact: true }).click()
      await expect(window.getByRole('main')).toContainText('The agent has it ready')
      const [ready = ''] = readdirSync(join(folder, 'restores'))
      expect(existsSync(join(folder, 'restores', ready, 'ibdata1'))).toBe(true)
    } finally {
      await agent.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
}
