import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { type Tally, tallyOfPlaywright, tallyOfVitest } from './reports.ts'

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

export function runVitest(args: readonly string[] = []): Tally {
  const report = 'test-results/vitest.json'
  rmSync(report, { force: true })
  const status = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args])
  return tallied('vitest', status, report, tallyOfVitest)
}

export function runPlaywright(args: readonly string[] = []): Tally {
  const report = 'test-results/playwright.json'
  rmSync(report, { force: true })
  const status = run('playwright', ['test', ...args], { PLAYWRIGHT_JSON_OUTPUT_NAME: report })
  return tallied('playwright', status, report, tallyOfPlaywright)
}

/** What could not even begin counts as one failure. */
export function notBegun(why: string): Tally {
  return { passed: 0, failed: 1, skipped: 0, failures: [why] }
}

function tallied(program: string, status: number, report: string, tallyOf: (report: unknown) => Tally): Tally {
  let tally: Tally
  try {
    tally = tallyOf(JSON.parse(readFileSync(report, 'utf8')))
  } catch (error) {
    return notBegun(`${program}: no report at ${report}: ${error instanceof Error ? error.message : error}`)
  }
  // A file that cannot be loaded, or an error outside a test, fails no test but the run.
  if (status === 0 || tally.failed > 0) return tally
  const failures = tally.failures.length > 0 ? tally.failures : [`${program} ended with ${status}: see its output`]
  return { ...tally, failed: 1, failures }
}
