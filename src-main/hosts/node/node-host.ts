import { readFileSync } from 'node:fs'
import { systemClock } from '../../app/clock.ts'
import type { Host, SecretStore } from '../../app/host.ts'
import { notifyDesktop } from './desktop-notification.ts'
import { ejectDisk, removableMount } from './eject-disk.ts'
import { readPower } from './linux-power.ts'
import { createMeteredReader } from './metered.ts'
import { setWakeAlarm, wakeContext } from './wake-alarm.ts'

const pages = {
  documentation: 'docs/',
  'release-notes': 'CHANGELOG.md',
  accessibility: 'docs/accessibility.md',
  licence: 'LICENSE',
  'third-party-licences': 'dist/renderer/third-party-licences.md',
} as const

/** The host of `serve` and the command line: no desktop, so notifications are lines on standard error, and shown where a person has one beside it. */
export function createNodeHost(dataDirectory: string, secrets: SecretStore): Host {
  const metered = createMeteredReader()
  return {
    kind: 'headless',
    version: packageVersion(),
    dataDirectory,
    secrets,
    clock: systemClock,
    notify: notifyDesktop,
    removableDisk: async (path) => (await removableMount(path))?.point,
    async ejectDisk(path) {
      const mount = await removableMount(path)
      if (mount !== undefined) await ejectDisk(mount)
    },
    power: async () => ({ ...(await readPower()), metered: await metered() }),
    wakeAt: (at) => setWakeAlarm(at, wakeContext()),
    onPowerChange: () => () => {},
    openLink: async (name) => {
      process.stderr.write(`See ${pages[name]} in Holdfast's folder.\n`)
    },
  }
}

/** From package.json, which stands three folders above the hosts in the source and four above them in the build. */
export function packageVersion(): string {
  for (const up of ['../../../package.json', '../../../../package.json', '../../../../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8'))
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && typeof parsed.version === 'string')
        return parsed.version
    } catch {
      // not there: the next place
    }
  }
  return '0.0.0'
}
