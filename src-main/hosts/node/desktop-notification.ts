import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Notification } from '../../app/host.ts'

const withinMs = 5000
const longestText = 500

/** How this system is asked to show a notification; `undefined` where nobody could see one. */
export function notifyCommand(
  { kind, title, body }: Pick<Notification, 'kind' | 'title' | 'body'>,
  platform: NodeJS.Platform,
  environment: NodeJS.ProcessEnv,
): readonly [program: string, ...args: readonly string[]] | undefined {
  const [head, text] = [plain(title), plain(body)]
  if (platform === 'darwin') {
    // The words are arguments, never part of the script.
    const script = ['on run words', 'display notification (item 2 of words) with title (item 1 of words)', 'end run']
    return ['/usr/bin/osascript', ...script.flatMap((line) => ['-e', line]), head, text]
  }
  if (platform !== 'linux' || environment.DBUS_SESSION_BUS_ADDRESS === undefined) return undefined
  const urgency = kind === 'failure' ? 'critical' : 'normal'
  return ['notify-send', '--app-name=Holdfast', `--urgency=${urgency}`, '--', head, escapeMarkup(text)]
}

/** Shows it on the desktop, where there is one; always writes it to standard error, which a service keeps in its log. */
export function notifyDesktop(notification: Notification): void {
  process.stderr.write(`${notification.title}: ${notification.body}\n`)
  const command = notifyCommand(notification, process.platform, desktopEnvironment())
  if (command === undefined) return
  const [program, ...args] = command
  // A desktop without a notifier is no failure of the backup: the line above was written.
  execFile(program, args, { timeout: withinMs, env: desktopEnvironment() }, () => {})
}

/** A service has no address of the person's bus in its environment, but it is always in the same place. */
function desktopEnvironment(): NodeJS.ProcessEnv {
  if (process.env.DBUS_SESSION_BUS_ADDRESS !== undefined) return process.env
  const bus = `/run/user/${process.getuid?.()}/bus`
  return existsSync(bus) ? { ...process.env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${bus}` } : process.env
}

function plain(text: string): string {
  return text.replaceAll('\0', '').slice(0, longestText)
}

/** The body of a notification may hold markup; a file name with an angle bracket shall not. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
