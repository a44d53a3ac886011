import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, nativeTheme, screen } from 'electron'
import { appOrigin } from './trust.ts'
import { restoreWindowState, type WindowState, windowOptions } from './window-options.ts'

const REVIVE_EVERY_MS = 10_000
const statePath = () => join(app.getPath('userData'), 'window.json')

/** The one window. Closing it leaves jobs running; its place is remembered. */
export function openWindow(route: string): BrowserWindow {
  const state = restoreWindowState(
    readState(),
    screen.getAllDisplays().map(({ workArea }) => workArea),
  )
  const preload = fileURLToPath(new URL('../../../preload.cjs', import.meta.url))
  const facts = { preload, isPackaged: app.isPackaged, isDark: nativeTheme.shouldUseDarkColors }
  const window = new BrowserWindow(windowOptions(state, facts))
  window.setMenuBarVisibility(false)
  if (state.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () => saveState(window))
  reviveAfterCrash(window)
  void window.loadURL(`${appOrigin}${route}`) // a page that cannot load shows its own error
  return window
}

/** A page that died is loaded again, once in a while: jobs live in the main process and go on. */
function reviveAfterCrash(window: BrowserWindow): void {
  let last = Number.NEGATIVE_INFINITY
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    console.error(`The page of the window ended: ${reason}`)
    if (reason === 'clean-exit' || performance.now() - last < REVIVE_EVERY_MS) return
    last = performance.now()
    window.reload()
  })
}

function readState(): unknown {
  try {
    return JSON.parse(readFileSync(statePath(), 'utf8'))
  } catch {
    return undefined // none yet, or damaged: the default place
  }
}

function saveState(window: BrowserWindow): void {
  const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() }
  try {
    writeFileSync(statePath(), JSON.stringify(state))
  } catch (error) {
    console.error('The place of the window could not be kept:', error)
  }
}
