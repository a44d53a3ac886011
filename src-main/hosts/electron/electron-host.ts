import { join } from 'node:path'
import { app, dialog, Notification, powerMonitor, shell } from 'electron'
import { systemClock } from '../../app/clock.ts'
import type { Host, LinkName, SecretStore } from '../../app/host.ts'
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
}

/** What the host does with the window. */
export interface ElectronWindow {
  openRoute(route: string): void
  dragFiles(files: readonly string[]): void
}

/** What the desktop gives the app: folder dialog, notifications, power events, start at login. */
export function createElectronHost(
  dataDirectory: string,
  secrets: SecretStore,
  { openRoute, dragFiles }: ElectronWindow,
): Host {
  const metered = createMeteredReader()
  return {
    kind: 'electron',
    version: app.getVersion(),
    dataDirectory,
    secrets,
    clock: systemClock,
    notify({ title, body, route }) {
      if (!Notification.isSupported()) return
      const notification = new Notification({ title, body })
      notification.on('click', () => openRoute(route))
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
      const { batteryPercent } = process.platform === 'linux' ? await readPower() : {}
      return {
        onBattery: powerMonitor.isOnBatteryPower(),
        metered: await metered(),
        ...(batteryPercent === undefined ? {} : { batteryPercent }),
      }
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
    applySettings: ({ startAtLogin }) => app.setLoginItemSettings({ openAtLogin: startAtLogin, args: ['--hidden'] }),
  }
}
