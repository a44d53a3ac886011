import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PowerState } from '../../app/host.ts'

/**
 * Battery and mains as the kernel tells (`/sys/class/power_supply`). A computer without batteries, or another system, is on
 * mains.
 */
export async function readPower(directory = '/sys/class/power_supply'): Promise<PowerState> {
  const mains: PowerState = { onBattery: false }
  const supplies = await readdir(directory).catch(() => [])
  const read = async (supply: string, name: string) =>
    (await readFile(join(directory, supply, name), 'utf8').catch(() => '')).trim()
  let state = mains
  for (const supply of supplies.slice(0, 32)) {
    const type = await read(supply, 'type')
    if (type === 'Mains' && (await read(supply, 'online')) === '1') return { ...state, onBattery: false }
    // Mice and phones are supplies too; their scope is the device.
    if (type !== 'Battery' || (await read(supply, 'scope')) === 'Device') continue
    const percent = Number.parseInt(await read(supply, 'capacity'), 10)
    const discharging = (await read(supply, 'status')) === 'Discharging'
    state = {
      onBattery: discharging || state.onBattery,
      ...(Number.isFinite(percent) ? { batteryPercent: percent } : {}),
    }
  }
  return state
}
