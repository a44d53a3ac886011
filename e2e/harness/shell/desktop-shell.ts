import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, expect, type Page } from '@playwright/test'
import { parseEvent, type ShellEvent, type ShellWish } from './events.ts'

export interface DesktopShell {
  /** Waits for an event; those before it are passed over, and a later call goes on behind it. */
  next<E extends ShellEvent['event']>(
    event: E,
    is?: (event: Extract<ShellEvent, { event: E }>) => boolean,
  ): Promise<Extract<ShellEvent, { event: E }>>
  /** The page of the window that opens next. */
  window(): Promise<Page>
  wish(wish: ShellWish): void
  /** Resolves with the exit code when the program ended by itself. */
  ended(): Promise<number | null>
  log(): string
  kill(): Promise<void>
}

export interface ShellApp {
  /** Absolute path of the folder with package.json. */
  readonly app: string
  /** Of a packed app: what Electron calls so. */
  readonly resources?: string | undefined
}

/** The checkout, built. */
export const builtApp: ShellApp = { app: process.cwd() }

/** Runs a shell, found as Electron finds it, with a stand-in for Electron. */
export function startDesktopShell(
  folder: string,
  { app, resources }: ShellApp,
  ...args: readonly string[]
): DesktopShell {
  const { main } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as { main: string } // ours
  const standIn = new URL('register.ts', import.meta.url).href
  const child = spawn(process.execPath, ['--import', standIn, join(app, main), ...args], {
    cwd: folder,
    env: {
      ...process.env,
      HOLDFAST_SHELL_APP: app,
      HOLDFAST_SHELL_RESOURCES: resources,
      HOME: join(folder, 'home'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      HOLDFAST_DATA: join(folder, 'data'),
      TZ: 'Europe/Berlin',
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  const events: ShellEvent[] = []
  const browsers: Browser[] = []
  let log = ''
  let at = 0
  createInterface(child.stdout).on('line', (line) => {
    const event = parseEvent(line)
    if (event) events.push(event)
    log += `${line}\n`
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const shell: DesktopShell = {
    async next(event, is = () => true) {
      type Wanted = Extract<ShellEvent, { event: typeof event }>
      const isWanted = (each: ShellEvent): each is Wanted => each.event === event && is(each as Wanted) // by its name
      await expect(() => expect(events.slice(at).some(isWanted), log).toBe(true)).toPass()
      const found = events.findIndex((each, index) => index >= at && isWanted(each))
      at = found + 1
      return events[found] as Wanted // it was just found
    },
    async window() {
      const { address } = await shell.next('window')
      const browser = await chromium.connectOverCDP(address)
      browsers.push(browser)
      const page = browser.contexts()[0]?.pages()[0]
      if (!page) throw new Error('The shell opened no page.')
      return page
    },
    wish: (wish) => child.stdin.write(`${JSON.stringify(wish)}\n`),
    ended: async () => (await exit)[0] as number | null, // what Node gives with `exit`
    log: () => log,
    async kill() {
      await Promise.all(browsers.map((browser) => browser.close())) // lets go of it
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exit
    },
  }
  return shell
}
