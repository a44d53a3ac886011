import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { defaultDataDirectory } from '../node/data-directory.ts'

// Compiled code is kept for the next start: it saves half of the time a short command takes. In our own folder, which only
// this person can write to. Before any other import, which is why the program is imported late.
enableCompileCache(join(defaultDataDirectory(), 'compile-cache'))
const { runCommandLine } = await import('./program.ts')
await runCommandLine()
