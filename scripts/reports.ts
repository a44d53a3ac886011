import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Each failed test: where and what it is, then the first lines of its error. */
  readonly failures: readonly string[]
}

const vitestReport = z
  .object({
    numPassedTests: z.number(),
    numFailedTests: z.number(),
    numPendingTests: z.number(),
    testResults: z.array(
      z.object({
        name: z.string(),
        status: z.string(),
        message: z.string().default(''),
        assertionResults: z.array(
          z.object({
            fullName: z.string(),
            status: z.string(),
            failureMessages: z.array(z.string()).nullish(),
          }),
        ),
      }),
    ),
  })
  .transform(({ numPassedTests, numFailedTests, numPendingTests, testResults }): Tally => {
    const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
      const tests = assertionResults.filter((test) => test.status === 'failed')
      // A file that cannot be loaded has no test that failed.
      if (tests.length === 0) return status === 'failed' ? [failure(name, message)] : []
      return tests.map((test) => failure(`${name}: ${test.fullName}`, ...(test.failureMessages ?? [])))
    })
    const failed = Math.max(numFailedTests, failures.length)
    return { passed: numPassedTests, failed, skipped: numPendingTests, failures }
  })

const suite = z.object({
  title: z.string(),
  specs: z.array(
    z.object({
      title: z.string(),
      ok: z.boolean(),
      tests: z.array(
        z.object({
          results: z.array(z.object({ errors: z.array(z.object({ message: z.string().default('') })) })),
        }),
      ),
    }),
  ),
  get suites() {
    return z.array(suite).optional()
  },
})
type Suite = z.infer<typeof suite>

const playwrightReport = z
  .object({
    stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
    suites: z.array(suite),
    errors: z.array(z.object({ message: z.string().default('') })),
  })
  .transform(({ stats, suites, errors }): Tally => {
    const failures = [
      ...errors.map(({ message }) => failure('e2e', message)),
      ...suites.flatMap((each) => failuresOf(each, [])),
    ]
    return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped, failures }
  })

function failuresOf({ title, specs, suites = [] }: Suite, above: readonly string[]): string[] {
  const place = [...above, title]
  const own = specs
    .filter(({ ok }) => !ok)
    .map((spec) => {
      const errors = spec.tests.flatMap(({ results }) => results.flatMap((result) => result.errors))
      return failure([...place, spec.title].join(' › '), ...errors.map(({ message }) => message))
    })
  return [...own, ...suites.flatMap((inner) => failuresOf(inner, place))]
}

function failure(place: string, ...messages: readonly string[]): string {
  const lines = messages.flatMap((message) => stripVTControlCharacters(message).split('\n').slice(0, 12))
  return [place, ...lines.map((line) => `  ${line}`)].join('\n')
}

/** The JSON report of a run of vitest. Throws ZodError. */
export function tallyOfVitest(report: unknown): Tally {
  return vitestReport.parse(report)
}

/** The JSON report of a run of Playwright; a test that only passed when it was tried again counts as failed. Throws ZodError. */
export function tallyOfPlaywright(report: unknown): Tally {
  return playwrightReport.parse(report)
}

/** What failed, at the end where it is found, and the counts. */
export function closingLines(...tallies: readonly Tally[]): string {
  const sum = (of: 'passed' | 'failed' | 'skipped') => tallies.reduce((total, tally) => total + tally[of], 0)
  const skipped = sum('skipped')
  const counts = `${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return [...tallies.flatMap(({ failures }) => failures.map((each) => `FAILED ${each}\n`)), counts].join('\n')
}
