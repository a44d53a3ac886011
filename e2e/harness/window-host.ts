import { join } from 'node:path'
import { _electron, chromium, type Page } from '@playwright/test'
import { chromiumSwitches, findHost } from './find-host.ts'
import type { Holdfast } from './holdfast.ts'

/** Where windows of one Holdfast open: Electron, or one browser with one session. */
export interface WindowHost {
  /** A window on the overview. In Electron it is always the same one. */
  open(): Promise<Page>
  /** A test is done with its window: what that still wanted to remember would reach the one of the next test. */
  leave(window: Page): Promise<void>
  close(): Promise<void>
}

/** The one-time token of the address is used up here; later windows live on the session it opened. */
export async function openWindowHost(holdfast: Holdfast): Promise<WindowHost> {
  const host = findHost()
  if (host.kind === 'electron') {
    const app = await _electron.launch({
      executablePath: host.binary,
      args: ['.'],
      // Node leaves out what is not set, so that every value is a string.
      env: { ...process.env, HOLDFAST_DATA: join(holdfast.folder, 'data') } as Record<string, string>,
    })
    return { open: () => app.firstWindow(), leave: async () => {}, close: () => app.close() }
  }
  const browser = await chromium.launch({ executablePath: host.executablePath, args: chromiumSwitches })
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    reducedMotion: 'reduce',
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(holdfast.address).origin })
  // What a window remembers of its person (the last screen, for one) is not for the window of the next test.
  await context.addInitScript(() => {
    if (sessionStorage.length === 0) localStorage.clear()
  })
  let address: string | undefined = holdfast.address
  return {
    async open() {
      const page = await context.newPage()
      await page.goto(address ?? new URL(holdfast.address).origin)
      address = undefined
      await page.getByRole('link', { name: 'Overview', exact: true }).waitFor()
      return page
    },
    leave: (page) => page.close(),
    close: () => browser.close(),
  }
}
