import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { run } from './run.ts'

/** Opens the app: Electron's window where its binary is there or can be fetched, else the same app on loopback. */
if (run('vite', ['build', '--logLevel', 'warn']) !== 0) process.exit(1)

const electron = electronBinary()
if (electron && hasDisplay()) {
  if (run('rolldown', ['-c', 'rolldown.config.ts', '--logLevel', 'warn']) !== 0) process.exit(1)
  spawn(electron, ['.', ...process.argv.slice(2)], { stdio: 'inherit' }).on('exit', (code) => process.exit(code ?? 0))
} else {
  console.log(
    electron
      ? 'No display here: serving the window on loopback instead.'
      : "Electron's binary cannot be had here: serving the window on loopback instead.",
  )
  spawn(process.execPath, ['src-main/hosts/cli/main.ts', 'serve', ...process.argv.slice(2)], { stdio: 'inherit' }).on(
    'exit',
    (code) => process.exit(code ?? 0),
  )
}

/** Path of Electron's binary, fetched on first use by its own installer; `undefined` where its host is out of reach. */
function electronBinary(): string | undefined {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const pathFile = join(folder, 'path.txt')
  if (!existsSync(pathFile))
    spawnSync(process.execPath, [join(folder, 'install.js')], { stdio: 'ignore', timeout: 120_000 })
  if (!existsSync(pathFile)) return undefined
  const binary = join(folder, 'dist', readFileSync(pathFile, 'utf8').trim())
  return existsSync(binary) ? binary : undefined
}

function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY)
}
