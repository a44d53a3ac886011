import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, BrowserWindow, screen } from 'electron'
import { appOrigin } from './trust.ts'
import { restoreWindowState, type WindowState, windowOptions } from './window-options.ts'

const statePath = () => join(app.getPath('userData'), 'window.json')

/** The one window. Closing it leaves jobs running; its place is remembered. */
export function openWindow(route: string): BrowserWindow {
  const state = restoreWindowState(
    readState(),
    screen.getAllDisplays().map(({ workArea }) => workArea),
  )
  const preload = fileURLToPath(new URL('../../../preload.cjs', import.meta.url))
  const window = new BrowserWindow(windowOptions(state, preload, app.isPackaged))
  if (state.maximized) window.maximize()
  window.once('ready-to-show', () => window.show())
  window.on('close', () => saveState(window))
  void window.loadURL(`${appOrigin}${route}`) // a page that cannot load shows its own error
  return window
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
