import { expect, test } from 'vitest'
import { createMeteredReader } from './metered.ts'

/** A system on which only these programs exist, with what they print. */
function systemWith(programs: Readonly<Record<string, string>>) {
  const asked: string[] = []
  return {
    asked,
    ask: async (program: string) => {
      asked.push(program)
      return programs[program]
    },
  }
}

const read = (platform: NodeJS.Platform, programs: Readonly<Record<string, string>>) =>
  createMeteredReader(platform, systemWith(programs).ask)()

test.each([
  ['u 1\n', true],
  ['u 3\n', true],
  ['u 2\n', false],
  ['u 4\n', false],
  ['u 0\n', undefined],
])('NetworkManager on the bus says %j', async (answer, metered) => {
  expect(await read('linux', { busctl: answer })).toBe(metered)
})

test('without the bus nmcli is asked; without both nobody knows', async () => {
  expect(await read('linux', { nmcli: 'unknown\n\nyes (guessed)\n' })).toBe(true)
  expect(await read('linux', { nmcli: 'no (guessed)\n\nunknown\n' })).toBe(false)
  expect(await read('linux', { nmcli: 'unknown\n' })).toBeUndefined()
  expect(await read('linux', {})).toBeUndefined()
})

test('a phone as hotspot on macOS, a mobile network on Windows', async () => {
  const route = '   route to: default\n  interface: en0\n      flags: <UP>\n'
  const flags = (more: string) => `en0: flags=8863<UP>\n\teflags=1048<ACCEPT_RTADV${more}>\n`
  expect(await read('darwin', { '/sbin/route': route, '/sbin/ifconfig': flags(',EXPENSIVE') })).toBe(true)
  expect(await read('darwin', { '/sbin/route': route, '/sbin/ifconfig': flags('') })).toBe(false)
  expect(await read('darwin', {})).toBeUndefined()
  expect(await read('win32', { 'powershell.exe': 'Variable\r\n' })).toBe(true)
  expect(await read('win32', { 'powershell.exe': 'Unrestricted\r\n' })).toBe(false)
  expect(await read('win32', { 'powershell.exe': 'Unknown\r\n' })).toBeUndefined()
})

test('the system is not asked again at once', async () => {
  const system = systemWith({ busctl: 'u 1' })
  let now = 0
  const metered = createMeteredReader('linux', system.ask, () => now)
  await metered()
  now = 20_000
  await metered()
  expect(system.asked).toHaveLength(1)
  now = 40_000
  expect(await metered()).toBe(true)
  expect(system.asked).toHaveLength(2)
})
