import { join } from 'node:path'
import { _electron, test as base, chromium, type Page } from '@playwright/test'
import { chromiumSwitches, findHost } from './find-host.ts'
import { type Holdfast, startHoldfast } from './holdfast.ts'

/** Each test gets a fresh Holdfast and its window, in Electron or in Chromium. */
export const test = base.extend<{ holdfast: Holdfast; window: Page }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
  holdfast: async ({}, use, info) => {
    const holdfast = await startHoldfast()
    await use(holdfast)
    if (info.status !== info.expectedStatus)
      await info.attach('holdfast.log', { body: holdfast.log(), contentType: 'text/plain' })
    await holdfast.close()
  },
  window: async ({ holdfast }, use, info) => {
    const host = findHost()
    const { viewport, locale, timezoneId, colorScheme } = info.project.use
    if (host.kind === 'electron') {
      const app = await _electron.launch({
        executablePath: host.binary,
        args: ['.'],
        env: { ...process.env, HOLDFAST_DATA: join(holdfast.folder, 'data') } as Record<string, string>,
      })
      await use(await app.firstWindow())
      await app.close()
      return
    }
    const browser = await chromium.launch({ executablePath: host.executablePath, args: chromiumSwitches })
    const context = await browser.newContext({
      viewport: viewport ?? null,
      ...(locale ? { locale } : {}),
      ...(timezoneId ? { timezoneId } : {}),
      ...(colorScheme ? { colorScheme } : {}),
    })
    const page = await context.newPage()
    await page.goto(holdfast.address)
    await use(page)
    await browser.close()
  },
})
