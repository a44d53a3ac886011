import { runE2e } from './e2e.ts'
import { ensurePeers } from './peers.ts'
import { closingLines, type Tally } from './reports.ts'
import { runVitest } from './run.ts'

/** Every test there is: units and integration with vitest, the window with Playwright. */
ensurePeers()
const units = runVitest()
const window = runE2e()
const counts = ({ passed, failed }: Tally) => `${passed} passed, ${failed} failed`
console.log(`\nunits and integration: ${counts(units)}`)
console.log(`window: ${counts(window)}\n`)
console.log(closingLines(units, window))
process.exitCode = units.failed + window.failed === 0 ? 0 : 1
