import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type AsarContents, layOutAsar } from './lay-out-asar.ts'

export interface PackedApp extends AsarContents {
  /** Where the archive would be: a folder of what it holds. */
  readonly app: string
  readonly resources: string
  /** Stands in for Electron's program; its fuses are set. */
  readonly program: string
}

/** What precedes the fuses in Electron's program, and the form and number of them. */
export const fuseMark = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x08'

const run = promisify(execFile)

/** Packs what was built as `npm run package` does, but around a stand-in for Electron, and lays the archive out as a folder. */
export async function packApp(folder: string): Promise<PackedApp> {
  const electron = join(folder, 'electron')
  await mkdir(join(electron, 'resources'), { recursive: true })
  await writeFile(join(electron, 'LICENSE'), '')
  await writeFile(join(electron, 'electron'), `${fuseMark}${'1'.repeat(8)}`, { mode: 0o755 })
  const output = join(folder, 'release')
  await run(process.execPath, [
    'node_modules/electron-builder/cli.js',
    '--linux',
    'dir',
    '--publish',
    'never',
    `-c.electronDist=${electron}`,
    `-c.directories.output=${output}`,
  ])
  const [unpacked = ''] = globSync('*-unpacked', { cwd: output })
  const resources = join(output, unpacked, 'resources')
  const app = join(resources, 'app.asar')
  const archive = join(folder, 'app.asar')
  await rename(app, archive)
  const contents = await layOutAsar(archive, `${app}.unpacked`, app)
  await rm(archive)
  return { ...contents, app, resources, program: join(output, unpacked, 'holdfast') }
}
