import { fileURLToPath } from 'node:url'
import { Menu, nativeImage, Tray } from 'electron'
import { type TrayAction, type TrayFacts, trayMenu, traySentence } from './tray-menu.ts'

/** State and quick actions beside the clock. Returns the function that shows new facts. */
export function createTray(act: (action: TrayAction) => void): (facts: TrayFacts) => void {
  const icon = nativeImage.createFromPath(fileURLToPath(new URL('../../../../../assets/tray.png', import.meta.url)))
  if (process.platform === 'darwin') icon.setTemplateImage(true)
  const tray = new Tray(icon)
  tray.on('click', () => act({ type: 'open', route: '/' }))
  return (facts) => {
    tray.setToolTip(`Holdfast: ${traySentence(facts)}`)
    tray.setContextMenu(
      Menu.buildFromTemplate(
        trayMenu(facts).map((item) => {
          if (!item) return { type: 'separator' as const }
          const { label, enabled, action } = item
          return { label, enabled, ...(action ? { click: () => act(action) } : {}) }
        }),
      ),
    )
  }
}
