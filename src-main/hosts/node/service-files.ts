/** How a service manager is told to run Holdfast without anybody being logged in. */
export interface ServicePlan {
  /** Written first, in this order. */
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly install: readonly (readonly [program: string, ...args: readonly string[]])[]
  readonly remove: readonly (readonly [program: string, ...args: readonly string[]])[]
  /** How a person reads what it printed, its one-time address among it. */
  readonly logs: string
}

export interface ServiceContext {
  readonly platform: NodeJS.Platform
  /** Runs with the rights of the system: then the service belongs to the system, else to this person. */
  readonly isPrivileged: boolean
  readonly user: string
  readonly home: string
  /** The program that runs it, its script, and everything after that. */
  readonly command: readonly string[]
  readonly dataDirectory: string
}

const unitName = 'holdfast.service'
const label = 'org.holdfast.serve'
const taskName = 'Holdfast'

/** `undefined` on systems without a service manager that is known. */
export function servicePlan(context: ServiceContext): ServicePlan | undefined {
  switch (context.platform) {
    case 'linux':
      return systemdService(context)
    case 'darwin':
      return launchdService(context)
    case 'win32':
      return scheduledTask(context)
    default:
      return undefined
  }
}

function systemdService(context: ServiceContext): ServicePlan {
  const { isPrivileged, user, home } = context
  const folder = isPrivileged ? '/etc/systemd/system' : `${home}/.config/systemd/user`
  const scope = isPrivileged ? [] : ['--user']
  const path = `${folder}/${unitName}`
  return {
    files: [{ path, text: systemdUnit(context) }],
    install: [
      // A person's own services end with their last session unless they may linger.
      ...(isPrivileged ? [] : [['loginctl', 'enable-linger', user] as const]),
      ['systemctl', ...scope, 'daemon-reload'],
      ['systemctl', ...scope, 'enable', '--now', unitName],
    ],
    remove: [['systemctl', ...scope, 'disable', '--now', unitName]],
    logs: `journalctl ${[...scope, '-u'].join(' ')} holdfast`,
  }
}

function systemdUnit({ isPrivileged, command, dataDirectory }: ServiceContext): string {
  return `[Unit]
Description=Holdfast backups
After=network.target

[Service]
Type=exec
ExecStart=${command.map(systemdWord).join(' ')}
Environment=${systemdWord(`HOLDFAST_DATA=${dataDirectory}`)}
Restart=on-failure
RestartSec=30
Nice=5
IOSchedulingClass=idle

[Install]
WantedBy=${isPrivileged ? 'multi-user.target' : 'default.target'}
`
}

/** Quoted as systemd.syntax(7) wants it; `%` begins a specifier there and `$` a variable. */
function systemdWord(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')
  return `"${escaped}"`
}

function launchdService({ isPrivileged, user, home, command, dataDirectory }: ServiceContext): ServicePlan {
  // Only a daemon of the system runs before anybody logs in.
  const folder = isPrivileged ? '/Library/LaunchDaemons' : `${home}/Library/LaunchAgents`
  const path = `${folder}/${label}.plist`
  const log = `${home}/Library/Logs/holdfast.log`
  const words = command.map((word) => `    <string>${xmlText(word)}</string>`).join('\n')
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>${label}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>EnvironmentVariables</key>
  <dict><key>HOLDFAST_DATA</key><string>${xmlText(dataDirectory)}</string></dict>
${isPrivileged ? `  <key>UserName</key><string>${xmlText(user)}</string>\n` : ''}  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>StandardOutPath</key><string>${xmlText(log)}</string>
  <key>StandardErrorPath</key><string>${xmlText(log)}</string>
</dict>
</plist>
`
  const domain = isPrivileged ? 'system' : 'gui'
  return {
    files: [{ path, text }],
    install: [['launchctl', 'load', '-w', path]],
    remove: [['launchctl', 'unload', '-w', path]],
    logs: `cat ${log} (${domain})`,
  }
}

/** A task that starts with the computer, in the name of this person whether logged in or not. */
function scheduledTask({ user, command }: ServiceContext): ServicePlan {
  const line = command.map((word) => `"${word}"`).join(' ')
  return {
    files: [],
    install: [
      ['schtasks.exe', '/Create', '/TN', taskName, '/SC', 'ONSTART', '/RU', user, '/NP', '/TR', line, '/F'],
      ['schtasks.exe', '/Run', '/TN', taskName],
    ],
    remove: [
      ['schtasks.exe', '/End', '/TN', taskName],
      ['schtasks.exe', '/Delete', '/TN', taskName, '/F'],
    ],
    logs: 'the Task Scheduler',
  }
}

function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
