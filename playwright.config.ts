import { defineConfig } from '@playwright/test'
import { findHost } from './e2e/harness/find-host.ts'

const host = findHost()
console.log(`The window under test runs in ${host.description}.`)

export default defineConfig({
  testDir: 'e2e/specs',
  outputDir: 'test-results/e2e',
  // One window at a time: each test starts the real program, which uses every core by itself.
  workers: 1,
  // Generous, so that a slow or busy machine fails no test: a wait ends as soon as its condition holds.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [
    ['list'],
    ['json', { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ?? 'test-results/playwright.json' }],
  ],
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
})
