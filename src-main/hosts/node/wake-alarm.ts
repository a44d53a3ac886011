import { execFile } from 'node:child_process'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type WakeContext, wakeCommands } from './wake-commands.ts'

const run = promisify(execFile)
const withinMs = 10_000

/** Sets the alarm that wakes the computer, or takes it back. Throws `wake/unsupported` with what the system said. */
export async function setWakeAlarm(at: number | undefined, context: WakeContext): Promise<void> {
  const wanted = wakeCommands(at, context)
  if (wanted === undefined) {
    if (at === undefined) return
    throw new HoldfastError('wake/unsupported', { hint: 'It needs the rights of the system here.' })
  }
  try {
    for (const { path, text } of wanted.files) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.tmp`, text)
      await rename(`${path}.tmp`, path)
    }
    for (const [program, ...args] of wanted.commands) await run(program, args, { timeout: withinMs, windowsHide: true })
  } catch (cause) {
    // Nothing is set, so nothing has to be taken back.
    if (at === undefined) return
    throw new HoldfastError('wake/unsupported', { detail: whatItSaid(cause), cause })
  }
}

/** Where this computer keeps what the commands need. */
export function wakeContext(platform: NodeJS.Platform = process.platform): WakeContext {
  const folder =
    platform === 'win32'
      ? (process.env.TEMP ?? homedir())
      : join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'systemd', 'user')
  return { platform, isPrivileged: process.geteuid?.() === 0, folder }
}

function whatItSaid(cause: unknown): string {
  const said = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr) : ''
  const line = said.trim().split('\n')[0] ?? ''
  return line !== '' ? line.slice(0, 200) : cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : ''
}
