import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { freePort } from '../../src-main/os/free-port.fixture.ts'
import { startHoldfast } from '../harness/holdfast.ts'
import { test as base } from '../harness/test.ts'
import { noise, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { Elsewhere } from '../models/elsewhere.ts'
import { Explorer } from '../models/explorer.ts'
import { JobServer } from '../models/job-server.ts'
import { PlanEditor } from '../models/plan-editor.ts'

/** A second computer, without a window: it runs plans of its own for the job server of the first. */
interface Worker {
  readonly home: string
  cli(...words: string[]): Promise<string>
  /** What its processes said. */
  log(): string
  /** Works for a server until the test ends; the token goes where no list of processes shows it. */
  work(address: string, token: string): ChildProcess
  /** Runs the job server of that computer until the test ends, or it is killed. */
  serve(port: number): Promise<{ readonly token: string; readonly process: ChildProcess }>
}

const test = base.extend<{ readonly worker: Worker }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
  worker: async ({}, use, info) => {
    const holdfast = await startHoldfast()
    const started: ChildProcess[] = []
    let log = ''
    const start = (words: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess => {
      const environment = { HOME: holdfast.home, HOLDFAST_DATA: join(holdfast.folder, 'data'), ...more }
      const child = spawn(process.execPath, ['src-main/hosts/cli/main.ts', ...words], {
        env: { ...process.env, ...environment },
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text
      })
      started.push(child)
      return child
    }
    await use({
      home: holdfast.home,
      cli: holdfast.cli,
      log: () => log,
      work: (address, token) => start(['runner', '--server', address, '--id', 'attic'], { HOLDFAST_JOB_TOKEN: token }),
      async serve(port) {
        const child = start(['--json', 'host', 'jobs', '--listen', `127.0.0.1:${port}`])
        if (child.stdout === null) throw new Error('no standard output')
        for await (const line of createInterface(child.stdout)) {
          const said: unknown = JSON.parse(line)
          if (typeof said === 'object' && said !== null && 'port' in said)
            return { token: 'token' in said ? String(said.token) : '', process: child }
        }
        throw new Error(`the job server ended:\n${log}`)
      },
    })
    for (const child of started) child.kill('SIGKILL')
    if (info.status !== info.expectedStatus) await info.attach('runner.log', { body: log })
    await holdfast.close()
  },
})

test('a machine is invited, works for this one, and is shown out again', async ({ window, worker }) => {
  test.setTimeout(240_000)
  const port = await freePort()
  const app = new App(window)
  const server = new JobServer(window)
  const activity = new Activity(window)
  let runner: ChildProcess
  await writeTree(join(worker.home, 'Documents'), { 'letter.txt': 'Dear Maren,\n', 'song.bin': noise(2_000_000, 7) })
  await worker.cli('init', join(worker.home, '../Elements'), '--name', 'Elements')
  await worker.cli('plan', 'add', join(worker.home, 'Documents'), '--name', 'Documents', '-r', 'Elements')

  await test.step('nobody gets in before somebody is invited', async () => {
    await app.open('/services/jobs')
    await server.listenOn(port)
    await server.switchOn()
    await expect(server.tokens).toContainText('Nobody can connect yet.')
    await expect(server.runners).toContainText('No runner is connected.')
  })

  await test.step('an invite is shown once, becomes a login, and its runner appears', async () => {
    const token = await server.invite()
    runner = worker.work(`127.0.0.1:${port}`, token)
    await expect(server.runners.getByRole('row', { name: /attic any job nothing/ })).toBeVisible()
    await window.reload()
    await expect(server.tokens.getByRole('row', { name: /Login/ })).toHaveCount(1)
    await expect(server.tokens.getByRole('row', { name: /Invite/ })).toHaveCount(1)
    expect(await window.content()).not.toContain(token)
    expect(runner.exitCode).toBeNull()
    await shoot(window, 'services')
  })

  await test.step('its plan is queued here, and Activity shows what it prints and who took it', async () => {
    await server.queue('Documents', 'attic')
    const title = 'backup Documents on attic'
    await activity.expectGood(title)
    const output = activity.job(title).getByRole('log', { name: 'Output' })
    await expect(output).toContainText('Back up Documents: done')
    await expect(output.getByRole('term').filter({ hasText: /^seen$/ })).toBeVisible()
    await expect(activity.job(title).getByText('Runner attic took it.')).toBeVisible()
    await shoot(window, 'activity')
  })

  await test.step('a plan that is not there says so in the words of the runner', async () => {
    await app.open('/services/jobs')
    await server.queue('Nothing')
    await expect(activity.job('backup Nothing')).toContainText('There is no such plan.')
    await shoot(window, 'failed')
  })

  await test.step('a revoked token ends the runner that waits with it: it says why, and stops', async () => {
    await app.open('/services/jobs')
    await server.revoke('Login')
    await expect(server.tokens.getByRole('row', { name: /Login/ })).toContainText('Revoked')
    await expect(server.runners).toContainText('No runner is connected.')
    await expect.poll(() => runner.exitCode).toBe(1)
    expect(worker.log()).toContain('The job server refused this token.')
    await expect(server.region).toContainText('RunnerJobStream: Unauthenticated')
  })
})

test('another machine has the job server: its plan is run and watched from here, and the server itself is protected', async ({
  window,
  holdfast,
  worker,
}) => {
  test.setTimeout(420_000)
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const app = new App(window)
  const server = new Elsewhere(window, 'Attic')
  const activity = new Activity(window)
  await writeTree(join(worker.home, 'Documents'), { 'letter.txt': 'Dear Maren,\n', 'song.bin': noise(2_000_000, 7) })
  await worker.cli('init', join(worker.home, '../Elements.castr'), '--name', 'Elements')
  await worker.cli('plan', 'add', join(worker.home, 'Documents'), '--name', 'Documents', '-r', 'Elements')
  await writeTree(join(holdfast.home, 'Notes'), { 'note.txt': 'Buy milk.\n' })
  await holdfast.cli('init', join(holdfast.folder, 'Here.castr'), '--name', 'Here')
  await holdfast.cli('plan', 'add', join(holdfast.home, 'Notes'), '--name', 'Notes', '-r', 'Here')
  let serving = await worker.serve(port)
  worker.work(address, serving.token)

  await test.step('a wrong token is refused, the right one is kept', async () => {
    await app.open('/services')
    await server.connect(address, 'nonsense')
    await expect(window.getByText('The job server refused this token.')).toBeVisible()
    await server.again(serving.token)
    await expect(server.region).toContainText(address)
    await expect(server.records).toContainText('There are none.')
  })

  await test.step('its runner is named and seen, and runs a plan of that machine while this window watches', async () => {
    await server.queue('Documents', 'attic')
    const job = server.job('backup Documents on attic')
    await expect(job.getByRole('log', { name: 'Output' })).toContainText('Back up Documents: done')
    await expect(job.getByText(/^Good/).first()).toBeVisible()
    await expect(server.runners.getByRole('row', { name: /attic Connected/ })).toBeVisible()
    await expect(server.jobs.getByRole('row', { name: /backup Documents on attic/ })).toHaveCount(1)
    await expect(server.jobs.getByRole('row', { name: /Back up Documents/ })).toHaveCount(1)
    expect(JSON.stringify(await holdfast.json('job', 'list'))).toBe('[]')
    await shoot(window, 'elsewhere')
  })

  await test.step('it tells which plans its machine has, and one is run from their list', async () => {
    await server.runners.getByRole('row', { name: /attic/ }).getByRole('button', { name: 'List its plans' }).click()
    const plans = server.runners.getByRole('region', { name: 'Plans of attic' })
    await expect(plans.getByRole('listitem').filter({ hasText: 'Documents' })).toContainText('Good')
    await shoot(window, 'plans-of-attic')
    await server.jobs
      .getByRole('row', { name: /plans on attic/ })
      .getByRole('button', { name: 'Watch' })
      .click()
    const output = server.job('plans on attic').getByRole('log', { name: 'Output' })
    await expect(output.getByRole('cell', { name: 'Documents', exact: true })).toBeVisible()
    await plans.getByRole('button', { name: 'Back up Documents now' }).click()
    await expect(server.job('backup Documents on attic').getByText(/^Good/).first()).toBeVisible()
    await expect(server.jobs.getByRole('row', { name: /backup Documents on attic/ })).toHaveCount(2)
  })

  await test.step('a job that nobody takes is cancelled from here', async () => {
    await server.queue('Documents', 'nobody')
    const job = server.job('backup Documents on nobody')
    await job.getByRole('button', { name: 'Cancel job' }).click()
    await expect(job.getByText(/^Cancelled/).first()).toBeVisible()
    await expect(server.runners.getByRole('row', { name: /nobody Away/ })).toBeVisible()
  })

  await test.step('this computer works for it too, and runs a plan of its own that is queued there', async () => {
    await server.workAs('desk')
    await expect(server.thisComputer).toContainText('Connected, waits for jobs')
    await server.queue('Notes', 'desk')
    const output = server.job('backup Notes on desk').getByRole('log', { name: 'Output' })
    await expect(output).toContainText('Back up Notes: done')
    await expect(server.runners.getByRole('row', { name: /desk Connected/ })).toBeVisible()
    expect(await holdfast.json('job', 'list')).toMatchObject([{ title: 'Back up Notes' }])
    await shoot(window, 'works-for-it')
    const { violations } = await new AxeBuilder({ page: window }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
  })

  await test.step('the server itself is backed up into a repository here', async () => {
    await server.region.getByRole('button', { name: 'Protect it' }).click()
    const editor = new PlanEditor(window)
    await expect(editor.summary).toContainText(address)
    await expect(editor.summary).toContainText(`holdfast backup --job-server ${address}`)
    await shoot(window, 'protect')
    await editor.backUpNow()
    await activity.expectGood('Back up Attic')
  })

  await test.step('its snapshot says what is in it', async () => {
    await window.getByRole('button', { name: 'Open snapshot' }).click()
    await expect(new Explorer(window).row('server.snapshot')).toBeVisible()
    await window.getByRole('button', { name: 'Job server', exact: true }).click()
    const panel = window.getByRole('dialog', { name: 'Job server' })
    // Five that were queued, and the backups that its own app ran for two of them.
    await expect(panel.getByRole('row', { name: /^Jobs 7 / })).toBeVisible()
    await shoot(window, 'stored-server')
    await panel.getByRole('button', { name: 'Close' }).click()
  })

  await test.step('what comes later is gone again when the snapshot was put back and the server started again', async () => {
    await server.open()
    await server.queue('Later', 'nobody')
    await expect(server.jobs.getByRole('row', { name: /backup Later/ })).toHaveCount(1)
    await app.goTo('Snapshots')
    await window.getByRole('button', { name: 'Job server', exact: true }).click()
    const form = window.getByRole('form', { name: 'Put it back' })
    await form.getByRole('combobox', { name: 'Job server' }).click()
    await window.getByRole('option', { name: `Attic, ${address}` }).click()
    await form.getByRole('button', { name: 'Send to the server' }).click()
    await expect(window.getByRole('main')).toContainText(`Restore the job server ${address}`)
    await expect(window.getByRole('main').getByText('Good', { exact: true }).first()).toBeVisible()
    serving.process.kill('SIGINT')
    await new Promise((resolve) => serving.process.once('exit', resolve))
    serving = await worker.serve(port)
    await server.open()
    await expect(server.jobs.getByRole('row', { name: /backup Documents on attic/ })).toHaveCount(2)
    await expect(server.jobs.getByRole('row', { name: /backup Later/ })).toHaveCount(0)
  })

  await test.step('it is forgotten', async () => {
    await server.region.getByRole('button', { name: 'Disconnect' }).click()
    await app.confirm('Disconnect')
    await expect(window.getByRole('link', { name: new RegExp(address) })).toHaveCount(0)
  })
})

/** Pictures of a screen as it is, where somebody asks for them: both sizes, both themes. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.HOLDFAST_SHOTS
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await page.setViewportSize({ width, height })
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1280, height: 800 })
}
