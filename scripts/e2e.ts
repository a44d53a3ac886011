import { ensurePeers, isOnPath } from './peers.ts'
import { closingLine, run, runPlaywright, type Tally } from './run.ts'

/** Builds the page and drives it in a real browser (Electron where its binary is there, else Chromium). */
export function runE2e(args: readonly string[] = []): Tally {
  if (!isOnPath('chromium') && process.env.CI) return { passed: 0, failed: 1, skipped: 0 }
  if (run('vite', ['build', '--logLevel', 'warn']) !== 0) return { passed: 0, failed: 1, skipped: 0 }
  return runPlaywright(args)
}

if (import.meta.main) {
  ensurePeers()
  const tally = runE2e(process.argv.slice(2))
  console.log(closingLine(tally))
  process.exitCode = tally.failed === 0 ? 0 : 1
}
