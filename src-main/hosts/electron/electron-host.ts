import { homedir } from 'node:os'
import { join } from 'node:path'
import { app, dialog, Notification, nativeTheme, powerMonitor, shell } from 'electron'
import { systemClock } from '../../app/clock.ts'
import type { Host, LinkName, SecretStore } from '../../app/host.ts'
import { autostartFolder, setAutostart } from '../node/autostart.ts'
import { ejectDisk, removableMount } from '../node/eject-disk.ts'
import { readPower } from '../node/linux-power.ts'
import { createMeteredReader } from '../node/metered.ts'
import { setWakeAlarm, wakeContext } from '../node/wake-alarm.ts'

/** What a person may be sent to, by name: files that came with the app, never an address from the window (style S10). */
const pages: Readonly<Record<LinkName, string>> = {
  documentation: 'docs/README.md',
  'release-notes': 'CHANGELOG.md',
  accessibility: 'docs/accessibility.md',
  licence: 'LICENSE',
  'third-party-licences': 'dist/renderer/third-party-licences.md',
}

/** What the host does with the window. */
export interface ElectronWindow {
  openRoute(route: string): void
  dragFiles(files: readonly string[]): void
  /** Whether the app goes on when the window is closed. */
  stayWithoutWindow(isWished: boolean): void
}

/** What the desktop gives the app: folder dialog, notifications, power events, start at login. */
export function createElectronHost(
  dataDirectory: string,
  secrets: SecretStore,
  { openRoute, dragFiles, stayWithoutWindow }: ElectronWindow,
): Host {
  const metered = createMeteredReader()
  const shown = new Set<Notification>() // one that nobody holds is collected, and a click on it leads nowhere
  return {
    kind: 'electron',
    version: app.getVersion(),
    dataDirectory,
    secrets,
    clock: systemClock,
    notify({ title, body, route }) {
      if (!Notification.isSupported()) return
      const notification = new Notification({ title, body })
      const forget = () => shown.delete(notification)
      notification.on('click', () => {
        forget()
        openRoute(route)
      })
      notification.on('close', forget)
      notification.on('failed', forget)
      shown.add(notification)
      notification.show()
    },
    async pickFolder(title) {
      const { canceled, filePaths } = await dialog.showOpenDialog({
        title,
        properties: ['openDirectory', 'createDirectory', 'showHiddenFiles'],
      })
      return canceled ? undefined : filePaths[0]
    },
    async power() {
      // On Linux Electron says "no" whatever the battery does.
      const power = process.platform === 'linux' ? await readPower() : { onBattery: powerMonitor.isOnBatteryPower() }
      return { ...power, metered: await metered() }
    },
    dragOut: dragFiles,
    removableDisk: async (path) => (await removableMount(path))?.point,
    async ejectDisk(path) {
      const mount = await removableMount(path)
      if (mount !== undefined) await ejectDisk(mount)
    },
    wakeAt: (at) => setWakeAlarm(at, wakeContext()),
    onPowerChange(listener) {
      const onSuspend = () => listener('suspend')
      const onResume = () => listener('resume')
      const onPower = () => listener('power')
      powerMonitor.on('suspend', onSuspend)
      powerMonitor.on('resume', onResume)
      powerMonitor.on('on-ac', onPower)
      powerMonitor.on('on-battery', onPower)
      return () => {
        powerMonitor.off('suspend', onSuspend)
        powerMonitor.off('resume', onResume)
        powerMonitor.off('on-ac', onPower)
        powerMonitor.off('on-battery', onPower)
      }
    },
    async openLink(name) {
      const problem = await shell.openPath(join(app.isPackaged ? process.resourcesPath : app.getAppPath(), pages[name]))
      if (problem) console.error(`${pages[name]} could not be opened: ${problem}`)
    },
    applySettings({ startAtLogin, keepInTray, theme }) {
      nativeTheme.themeSource = theme
      stayWithoutWindow(keepInTray)
      startWithLogin(startAtLogin)
    },
  }
}

/** Started so, the app shows no window until it is asked. */
export const hiddenSwitch = '--hidden'

/** Electron does nothing about it on Linux. */
function startWithLogin(isWished: boolean): void {
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: isWished, args: [hiddenSwitch] })
    return
  }
  // An AppImage is mounted anew with each start; its file stays. A checkout is started with its folder.
  const program = process.env.APPIMAGE ?? process.execPath
  const command = [program, ...(app.isPackaged ? [] : [app.getAppPath()]), hiddenSwitch]
  setAutostart(autostartFolder(homedir(), process.env), isWished ? command : undefined).catch((error: unknown) =>
    console.error('Starting with the login could not be changed:', error),
  )
}
