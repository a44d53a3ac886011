import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, type Page, type TestInfo } from '@playwright/test'
import { type Holdfast, startHoldfast } from './holdfast.ts'
import { openWindowHost, type WindowHost } from './window-host.ts'

interface Fixtures {
  readonly holdfast: Holdfast
  readonly window: Page
}

/** Each test gets a fresh Holdfast and its window, in Electron or in Chromium. */
export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
  holdfast: async ({}, use, info) => {
    const holdfast = await startHoldfast()
    await use(holdfast)
    await attachLog(holdfast, info)
    await holdfast.close()
  },
  window: async ({ holdfast }, use) => {
    const host = await openWindowHost(holdfast)
    await use(await host.open())
    await host.close()
  },
})

interface Shared {
  readonly holdfast: Holdfast
  readonly host: WindowHost
}

/**
 * All tests of a file share one Holdfast that was filled once, each with a window of its own: for tests that look and
 * do not disturb each other. After a failed test Playwright starts, and fills, another one.
 */
export function sharedTest(fill: (holdfast: Holdfast) => Promise<void>) {
  return base.extend<Fixtures, { shared: Shared }>({
    shared: [
      // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
      async ({}, use) => {
        const holdfast = await startHoldfast()
        try {
          await fill(holdfast)
          const host = await openWindowHost(holdfast)
          await use({ holdfast, host })
          await host.close()
        } finally {
          await holdfast.close()
        }
      },
      { scope: 'worker', timeout: 900_000 },
    ],
    holdfast: async ({ shared }, use, info) => {
      await use(shared.holdfast)
      await attachLog(shared.holdfast, info)
    },
    window: async ({ shared }, use) => {
      const page = await shared.host.open()
      await use(page)
      await shared.host.leave(page)
    },
  })
}

async function attachLog(holdfast: Holdfast, info: TestInfo): Promise<void> {
  if (info.status === info.expectedStatus) return
  await info.attach('printed.log', { body: holdfast.log(), contentType: 'text/plain' })
  const unexpected = join(holdfast.folder, 'data', 'holdfast.log')
  if (existsSync(unexpected)) await info.attach('holdfast.log', { path: unexpected, contentType: 'text/plain' })
}
