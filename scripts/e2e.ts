import { ensurePeers, isOnPath } from './peers.ts'
import { closingLines, type Tally } from './reports.ts'
import { notBegun, run, runPlaywright } from './run.ts'

/** Builds page and shell and drives them in a real browser (Electron where its binary is there, else Chromium). */
export function runE2e(args: readonly string[] = []): Tally {
  if (!isOnPath('chromium') && process.env.CI) return notBegun('e2e: there is no chromium on the PATH')
  if (run('vite', ['build', '--logLevel', 'warn']) !== 0) return notBegun('e2e: the page was not built')
  if (run('rolldown', ['-c', 'rolldown.config.ts', '--logLevel', 'warn']) !== 0)
    return notBegun('e2e: the shell was not built')
  return runPlaywright(args)
}

if (import.meta.main) {
  ensurePeers()
  const tally = runE2e(process.argv.slice(2))
  console.log(closingLines(tally))
  process.exitCode = tally.failed === 0 ? 0 : 1
}
