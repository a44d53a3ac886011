import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { defaultDataDirectory } from '../node/data-directory.ts'

// Compiled code is kept for the next start: it saves half of the time a short command takes. In our own folder, which only
// this person can write to, once it is there. Before any other import, which is why the program is imported late.
const dataDirectory = defaultDataDirectory()
if (existsSync(dataDirectory)) {
  // The variable is for the threads of jobs, which start anew.
  process.env.NODE_COMPILE_CACHE ??= join(dataDirectory, 'compile-cache')
  enableCompileCache(process.env.NODE_COMPILE_CACHE)
}
const [, , first, second] = process.argv
if (first === 'host' && second === 'casync') {
  const { runHostCasync } = await import('./host-casync-program.ts')
  await runHostCasync()
}
const { runCommandLine } = await import('./program.ts')
await runCommandLine()
