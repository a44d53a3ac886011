import { app } from 'electron'
import updater from 'electron-updater'

const SIX_HOURS_MS = 6 * 60 * 60 * 1000

/** Looks for signed updates and fetches them; the person hears of one before it is installed. Does nothing in a checkout. */
export function watchUpdates(tell: (version: string) => Promise<void>): void {
  if (!app.isPackaged) return
  const { autoUpdater } = updater
  autoUpdater.autoDownload = true
  autoUpdater.autoInstallOnAppQuit = true
  autoUpdater.on('update-downloaded', ({ version }) => {
    tell(version).catch((error: unknown) => console.error('An update could not be told of:', error))
  })
  const look = () => {
    autoUpdater.checkForUpdates().catch((error: unknown) => console.error('Looking for an update failed:', error))
  }
  look()
  setInterval(look, SIX_HOURS_MS).unref()
}
