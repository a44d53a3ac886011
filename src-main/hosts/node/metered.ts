import { type AskProgram, askProgram } from './ask-program.ts'

/** Networks change rarely, and each question starts a program. */
const rememberedMs = 30_000

/** What NetworkManager answers (NMMetered): 1 and 3 are metered, known or guessed; 2 and 4 are not; 0 is not known. */
const networkManager: Readonly<Record<string, boolean>> = { '1': true, '3': true, '2': false, '4': false }

/** Asks whether the network in use costs by volume. `undefined`: nobody on this system knows. */
export function createMeteredReader(
  platform: NodeJS.Platform = process.platform,
  ask: AskProgram = askProgram,
  now: () => number = Date.now,
): () => Promise<boolean | undefined> {
  let known: { readonly at: number; readonly answer: Promise<boolean | undefined> } | undefined
  return () => {
    if (known === undefined || now() - known.at > rememberedMs) known = { at: now(), answer: read(platform, ask) }
    return known.answer
  }
}

function read(platform: NodeJS.Platform, ask: AskProgram): Promise<boolean | undefined> {
  if (platform === 'linux') return readLinux(ask)
  if (platform === 'darwin') return readMac(ask)
  return platform === 'win32' ? readWindows(ask) : Promise.resolve(undefined)
}

async function readLinux(ask: AskProgram): Promise<boolean | undefined> {
  const service = 'org.freedesktop.NetworkManager'
  const onBus = await ask('busctl', [
    ...['--system', '--timeout=1', 'get-property'],
    ...[service, '/org/freedesktop/NetworkManager', service, 'Metered'],
  ])
  // `u 4`
  const number = /^u (\d)$/.exec(onBus?.trim() ?? '')?.[1]
  if (number !== undefined) return networkManager[number]
  // `yes (guessed)` for each device; those that are not connected say `unknown`
  const devices = await ask('nmcli', ['-g', 'GENERAL.METERED', 'device', 'show'])
  const words = devices?.split('\n').map((line) => line.trim().split(' ')[0]) ?? []
  if (words.includes('yes')) return true
  return words.includes('no') ? false : undefined
}

/** A hotspot of a phone is expensive, a network in low data mode constrained; the interface of the default route says so. */
async function readMac(ask: AskProgram): Promise<boolean | undefined> {
  const route = await ask('/sbin/route', ['-n', 'get', 'default'])
  const name = /^\s*interface: (\S+)$/m.exec(route ?? '')?.[1]
  const facts = name === undefined ? undefined : await ask('/sbin/ifconfig', ['-v', name])
  return facts === undefined ? undefined : /\b(?:EXPENSIVE|CONSTRAINED)\b/.test(facts)
}

const windowsScript =
  '[Windows.Networking.Connectivity.NetworkInformation,Windows,ContentType=WindowsRuntime]' +
  '::GetInternetConnectionProfile().GetConnectionCost().NetworkCostType'

async function readWindows(ask: AskProgram): Promise<boolean | undefined> {
  const answer = (await ask('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', windowsScript]))?.trim()
  if (answer === 'Unrestricted') return false
  return answer === 'Fixed' || answer === 'Variable' ? true : undefined
}
