import { expect, test } from 'vitest'
import { closingLines, tallyOfPlaywright, tallyOfVitest } from './reports.ts'

const vitest = {
  numPassedTests: 2,
  numFailedTests: 1,
  numPendingTests: 0,
  testResults: [
    {
      name: 'a.test.ts',
      status: 'failed',
      message: '',
      assertionResults: [
        { fullName: 'adds', status: 'passed', failureMessages: [] },
        {
          fullName: 'takes away',
          status: 'failed',
          failureMessages: ['\u001b[31mError: 1 is not 2\u001b[39m\n    at a'],
        },
      ],
    },
    { name: 'b.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
    { name: 'c.test.ts', status: 'passed', message: '', assertionResults: [{ fullName: 'c', status: 'passed' }] },
  ],
}

const spec = (title: string, message?: string) => ({
  title,
  ok: message === undefined,
  tests: [{ results: [{ errors: message === undefined ? [] : [{ message }] }] }],
})
const playwright = {
  stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 2 },
  errors: [],
  suites: [
    {
      title: 'first.spec.ts',
      specs: [spec('opens')],
      suites: [{ title: 'a folder', specs: [spec('is found', 'It is not visible')] }],
    },
  ],
}

test('what failed in either run is named at the end, with its first words, above the counts', () => {
  expect(closingLines(tallyOfVitest(vitest), tallyOfPlaywright(playwright))).toBe(
    [
      'FAILED a.test.ts: takes away',
      '  Error: 1 is not 2',
      '      at a',
      '',
      'FAILED b.test.ts',
      '  Cannot find module',
      '',
      'FAILED first.spec.ts › a folder › is found',
      '  It is not visible',
      '',
      '5 passed, 4 failed, 2 skipped',
    ].join('\n'),
  )
})

test('a report that is none is refused', () => {
  expect(() => tallyOfVitest({})).toThrow()
  expect(() => tallyOfPlaywright({ stats: {} })).toThrow()
})
