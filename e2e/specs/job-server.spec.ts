import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { startHoldfast } from '../harness/holdfast.ts'
import { test as base } from '../harness/test.ts'
import { noise, writeTree } from '../harness/tree.ts'
import { Activity } from '../models/activity.ts'
import { App } from '../models/app.ts'
import { JobServer } from '../models/job-server.ts'

/** A second computer, without a window: it runs plans of its own for the job server of the first. */
interface Worker {
  readonly home: string
  cli(...words: string[]): Promise<string>
  /** Works for a server until the test ends; the token goes where no list of processes shows it. */
  work(address: string, token: string): ChildProcess
}

const test = base.extend<{ readonly worker: Worker }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
  worker: async ({}, use, info) => {
    const holdfast = await startHoldfast()
    const started: ChildProcess[] = []
    let log = ''
    await use({
      home: holdfast.home,
      cli: holdfast.cli,
      work(address, token) {
        const words = ['src-main/hosts/cli/main.ts', 'runner', '--server', address, '--id', 'attic']
        const environment = { HOME: holdfast.home, HOLDFAST_DATA: join(holdfast.folder, 'data') }
        const child = spawn(process.execPath, words, {
          env: { ...process.env, ...environment, HOLDFAST_JOB_TOKEN: token },
        })
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          log += text
        })
        started.push(child)
        return child
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

  await test.step('a revoked token is refused from the next call on: the job in hand is the last', async () => {
    await app.open('/services/jobs')
    await server.revoke('Login')
    await expect(server.tokens.getByRole('row', { name: /Login/ })).toContainText('Revoked')
    await server.queue('Documents', 'attic')
    await activity.expectGood('backup Documents on attic')
    await expect.poll(() => runner.exitCode).toBe(1)
    await app.open('/services/jobs')
    await expect(server.runners).toContainText('No runner is connected.')
    await expect(server.region).toContainText('RunnerJobStream: Unauthenticated')
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

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo // it listens on a port
  await new Promise((resolve) => probe.close(resolve))
  return port
}
