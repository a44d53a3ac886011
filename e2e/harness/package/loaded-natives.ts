import { execFile } from 'node:child_process'
import { relative } from 'node:path'
import { promisify } from 'node:util'
import type { PackedApp } from './pack-app.ts'

/** Uses what each package with a native module does, as the app would find it, and lists what the system has opened for it. */
const script = `
  import Database from 'better-sqlite3'
  import koffi from 'koffi'
  import { crc32 } from '@node-rs/crc32'
  import { compressSync } from '@napi-rs/lzma/xz'
  new Database(':memory:').close()
  koffi.load(null)
  crc32('one')
  compressSync('one')
  console.log(JSON.stringify(process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'))))
`

const run = promisify(execFile)

/** Paths from the folder beside the archive. */
export async function loadedNatives({ app }: PackedApp): Promise<readonly string[]> {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: app })
  const paths = JSON.parse(stdout) as string[] // from the script
  return paths.map((path) => relative(`${app}.unpacked`, path)).sort()
}
