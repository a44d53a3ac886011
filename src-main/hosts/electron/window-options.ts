import type { BrowserWindowConstructorOptions } from 'electron'
import { z } from 'zod'

export const windowState = z.object({
  x: z.number().int().optional(),
  y: z.number().int().optional(),
  width: z.number().int().min(800).max(20_000),
  height: z.number().int().min(560).max(20_000),
  maximized: z.boolean(),
})
export type WindowState = z.infer<typeof windowState>

export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const defaults: WindowState = { width: 1280, height: 800, maximized: false }

export interface WindowFacts {
  /** Absolute path. */
  readonly preload: string
  readonly isPackaged: boolean
  readonly isDark: boolean
}

/** Every switch that keeps the page away from Node is spelled out rather than left to a default (style S2). */
export function windowOptions(
  { x, y, width, height }: WindowState,
  { preload, isPackaged, isDark }: WindowFacts,
): BrowserWindowConstructorOptions {
  return {
    width,
    height,
    ...(x === undefined || y === undefined ? {} : { x, y }),
    minWidth: 960,
    minHeight: 600,
    show: false,
    title: 'Holdfast',
    // `--hf-body` of the page (ui/tokens.css), so that nothing flashes before it is drawn.
    backgroundColor: isDark ? '#141a1d' : '#f8fafb',
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
      // The reader of PDF files that comes with Chromium counts as one; there is no other.
      plugins: true,
      spellcheck: false,
      devTools: !isPackaged,
    },
  }
}

/** The remembered place, unless its screen is gone: a window nobody can see is no window. */
export function restoreWindowState(saved: unknown, screens: readonly Area[]): WindowState {
  const parsed = windowState.safeParse(saved)
  if (!parsed.success) return defaults
  const { x, y, width, height, maximized } = parsed.data
  const isVisible =
    x !== undefined && y !== undefined && screens.some((screen) => overlaps(screen, { x, y, width, height: 48 }))
  return isVisible ? parsed.data : { width, height, maximized }
}

/** At least 100 points of the title bar must be on the screen to be grabbed. */
function overlaps(screen: Area, bar: Area): boolean {
  const width = Math.min(screen.x + screen.width, bar.x + bar.width) - Math.max(screen.x, bar.x)
  const height = Math.min(screen.y + screen.height, bar.y + bar.height) - Math.max(screen.y, bar.y)
  return width >= 100 && height >= 24
}
