import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export type WindowHost =
  | { readonly kind: 'electron'; readonly binary: string; readonly description: string }
  | { readonly kind: 'chromium'; readonly executablePath: string; readonly description: string }

/** Electron where its binary is installed, else Debian's Chromium against the headless host. */
export function findHost(): WindowHost {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const pathFile = join(folder, 'path.txt')
  const binary = existsSync(pathFile) ? join(folder, 'dist', readFileSync(pathFile, 'utf8').trim()) : undefined
  if (binary && existsSync(binary)) return { kind: 'electron', binary, description: 'Electron' }
  const executablePath = findChromium()
  if (executablePath !== undefined)
    return { kind: 'chromium', executablePath, description: `Chromium (${executablePath}) against the headless host` }
  throw new Error('Neither Electron nor Chromium is on this machine; install the package chromium.')
}

export function findChromium(): string | undefined {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'chrome']) {
    const executablePath = which(name)
    if (executablePath !== undefined) return executablePath
  }
  return undefined
}

/** Switches that keep a headless Chromium still and off the network. */
export const chromiumSwitches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function which(name: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}
