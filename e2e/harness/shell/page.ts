import { readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { chromiumSwitches, findChromium } from '../find-host.ts'
import { tell } from './events.ts'
import { PortMain } from './port.ts'

type Answer = (request: Request) => Promise<Response>

/** Chromium knows no scheme of ours: the page's origin in it, and what the shell is told it is. */
const shownOrigin = 'https://app.holdfast.invalid'
const shellOrigin = 'holdfast://app'

export interface ShellPage {
  load(url: string): Promise<void>
  close(): Promise<void>
}

/** One window of Chromium that is served by the handler of the shell's scheme and runs its preload. */
export async function openShellPage(
  preload: string,
  answer: Answer,
  connect: (channel: string, url: string, port: PortMain) => void,
): Promise<ShellPage> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('The stand-in shows its page in Chromium, which is not here.')
  const profile = await mkdtemp(join(process.env.HOLDFAST_DATA ?? '', 'browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...chromiumSwitches, '--remote-debugging-port=0'],
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  })
  const page = context.pages()[0] ?? (await context.newPage())
  await serve(context, answer)
  await bridge(page, preload, connect)
  // The first line of this file of Chromium's is the port it chose.
  const [port] = readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')
  tell({ event: 'window', address: `http://127.0.0.1:${port}` })
  return {
    load: async (url) => {
      await page.goto(url.replace(shellOrigin, shownOrigin))
    },
    close: () => context.close(),
  }
}

async function serve(context: BrowserContext, answer: Answer): Promise<void> {
  await context.route(`${shownOrigin}/**`, async (route) => {
    const asked = route.request()
    const url = asked.url().replace(shownOrigin, shellOrigin)
    const response = await answer(new Request(url, { method: asked.method(), headers: asked.headers() }))
    const body = Buffer.from(await response.arrayBuffer())
    await route.fulfill({ status: response.status, headers: Object.fromEntries(response.headers), body })
  })
}

/** The preload gets an `ipcRenderer` whose ports end in this process. */
async function bridge(
  page: Page,
  preload: string,
  connect: (channel: string, url: string, port: PortMain) => void,
): Promise<void> {
  const ports = new Map<string, PortMain>()
  await page.exposeBinding('shellConnect', ({ frame }, channel: string, id: string) => {
    // A page that was loaded anew: the one before took its end with it.
    for (const before of ports.values()) before.close()
    ports.clear()
    const port = new PortMain((data) => {
      page.evaluate(([to, text]) => window.shellReceive(to, text), [id, data] as const).catch(() => port.close())
    })
    ports.set(id, port)
    connect(channel, frame.url().replace(shownOrigin, shellOrigin), port)
  })
  await page.exposeBinding('shellSend', (_source, id: string, data: string) => ports.get(id)?.receive(data))
  await page.addInitScript({ content: `(${runPreload})(${JSON.stringify(readFileSync(preload, 'utf8'))})` })
}

declare global {
  interface Window {
    shellConnect(channel: string, id: string): Promise<void>
    shellSend(id: string, data: string): Promise<void>
    shellReceive(id: string, data: string): void
  }
}

/** Runs in the page, before anything of it. */
function runPreload(source: string): void {
  const open = new Map<string, MessagePort>()
  window.shellReceive = (id, data) => open.get(id)?.postMessage(data)
  const electron = {
    ipcRenderer: {
      async postMessage(channel: string, _message: unknown, [port]: readonly MessagePort[]) {
        if (!port) return
        const id = crypto.randomUUID()
        open.set(id, port)
        await window.shellConnect(channel, id)
        port.onmessage = ({ data }) => void window.shellSend(id, data)
      },
    },
    webUtils: { getPathForFile: () => '' },
  }
  new Function('require', source)((name: string) => (name === 'electron' ? electron : undefined))
}
