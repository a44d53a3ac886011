import { runE2e } from './e2e.ts'
import { ensurePeers } from './peers.ts'
import { closingLine, runVitest } from './run.ts'

/** Every test there is: units and integration with vitest, the window with Playwright. */
ensurePeers()
const units = runVitest()
const window = runE2e()
console.log(`\nunits and integration: ${closingLine(units)}`)
console.log(`window: ${closingLine(window)}\n`)
console.log(closingLine(units, window))
process.exitCode = units.failed + window.failed === 0 ? 0 : 1
