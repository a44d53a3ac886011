import { systemClock } from '../clock.ts'
import type { Host, SecretStore } from '../host.ts'

export function memorySecrets(): SecretStore {
  const values = new Map<string, string>()
  return {
    get: async (name) => values.get(name),
    set: async (name, value) => void values.set(name, value),
    delete: async (name) => void values.delete(name),
  }
}

/** A host that has nothing but a data folder; also for scripts that run outside of the test runner. */
export function testHostFor(dataDirectory: string): Host {
  return {
    kind: 'headless',
    version: '0.0.0-test',
    dataDirectory,
    secrets: memorySecrets(),
    clock: systemClock,
    notify: () => {},
    power: async () => ({ onBattery: false, metered: false }),
    onPowerChange: () => () => {},
    openLink: async () => {},
  }
}
