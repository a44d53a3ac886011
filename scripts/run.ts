import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { z } from 'zod'

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Runs a program of node_modules in the foreground. Returns its exit code. */
export function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): number {
  const { status, error } = spawnSync(program, args, {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  })
  if (error) console.error(`${program}: ${error.message}`)
  return status ?? 1
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  success: z.boolean(),
})
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
})

export function runVitest(args: readonly string[] = []): Tally {
  const report = 'test-results/vitest.json'
  rmSync(report, { force: true })
  const status = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args])
  const parsed = readReport(report, vitestReport)
  if (!parsed) return { passed: 0, failed: 1, skipped: 0 }
  // A file that cannot be loaded, or an error outside a test, fails no test but the run.
  const failed = status !== 0 && parsed.numFailedTests === 0 ? 1 : parsed.numFailedTests
  return { passed: parsed.numPassedTests, failed, skipped: parsed.numPendingTests }
}

export function runPlaywright(args: readonly string[] = []): Tally {
  const report = 'test-results/playwright.json'
  rmSync(report, { force: true })
  const status = run('playwright', ['test', ...args], { PLAYWRIGHT_JSON_OUTPUT_NAME: report })
  const parsed = readReport(report, playwrightReport)
  if (!parsed) return { passed: 0, failed: 1, skipped: 0 }
  const { expected, unexpected, flaky, skipped } = parsed.stats
  const failed = status !== 0 && unexpected + flaky === 0 ? 1 : unexpected + flaky
  return { passed: expected, failed, skipped }
}

export function closingLine(...tallies: readonly Tally[]): string {
  const sum = (of: keyof Tally) => tallies.reduce((total, tally) => total + tally[of], 0)
  const skipped = sum('skipped')
  return `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function readReport<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    console.error(`No report at ${path}: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}
