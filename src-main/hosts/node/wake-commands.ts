/** A program to run, and the files that must be there before. */
export interface WakeCommands {
  readonly files: readonly { readonly path: string; readonly text: string }[]
  readonly commands: readonly (readonly [program: string, ...args: readonly string[]])[]
}

export interface WakeContext {
  readonly platform: NodeJS.Platform
  /** Runs with the rights of the system. */
  readonly isPrivileged: boolean
  /** Where units of this person lie (Linux), or files that a program reads (Windows). */
  readonly folder: string
}

/** Before the run itself: a disk has to spin up and a network to come back. */
const earlyMs = 45_000
const timerName = 'holdfast-wake.timer'
const taskName = 'Holdfast wake'

/**
 * How this system is told to wake up for a run at `at` (Unix milliseconds); without one, how it is told to forget the
 * last. `undefined`: it cannot be told.
 */
export function wakeCommands(at: number | undefined, context: WakeContext): WakeCommands | undefined {
  const moment = at === undefined ? undefined : new Date(at - earlyMs)
  switch (context.platform) {
    case 'linux':
      return context.isPrivileged ? withClock(moment) : withUserTimer(moment, context.folder)
    case 'darwin':
      return context.isPrivileged ? withPmset(moment) : undefined
    case 'win32':
      return withTask(moment, context.folder)
    default:
      return undefined
  }
}

/** The alarm of the clock itself: there is one, and the next call replaces it. */
function withClock(moment: Date | undefined): WakeCommands {
  const seconds = moment === undefined ? 0 : Math.floor(moment.getTime() / 1000)
  return { files: [], commands: [['rtcwake', '-m', moment === undefined ? 'disable' : 'no', '-t', String(seconds)]] }
}

/** A timer of the person's own service manager, which may set the alarm where the system lets it (CAP_WAKE_ALARM). */
function withUserTimer(moment: Date | undefined, folder: string): WakeCommands {
  const stop = ['systemctl', '--user', 'stop', timerName] as const
  if (moment === undefined) return { files: [], commands: [stop] }
  return {
    files: [
      { path: `${folder}/${timerName}`, text: timerUnit(moment) },
      { path: `${folder}/holdfast-wake.service`, text: serviceUnit },
    ],
    commands: [
      ['systemctl', '--user', 'daemon-reload'],
      ['systemctl', '--user', 'restart', timerName],
    ],
  }
}

/** `2026-11-21 01:59:15 UTC`, as systemd.time(7) wants it. */
function timerUnit(moment: Date): string {
  const when = `${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`
  return `[Unit]
Description=Wakes the computer for the next backup of Holdfast

[Timer]
OnCalendar=${when}
AccuracySec=1s
WakeSystem=true
Unit=holdfast-wake.service
`
}

/** The computer being awake is all that is wanted: Holdfast runs already and starts the plan itself. */
const serviceUnit = `[Unit]
Description=The computer is awake for a backup of Holdfast

[Service]
Type=oneshot
ExecStart=/bin/true
`

/** `11/21/26 01:59:15` in local time, as pmset wants it. */
function withPmset(moment: Date | undefined): WakeCommands {
  // pmset cancels only all wishes at once, other programs' among them: to wake once too often harms less.
  if (moment === undefined) return { files: [], commands: [] }
  const two = (n: number): string => String(n).padStart(2, '0')
  const date = [moment.getMonth() + 1, moment.getDate(), moment.getFullYear() % 100].map(two).join('/')
  const time = [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map(two).join(':')
  return { files: [], commands: [['pmset', 'schedule', 'wake', `${date} ${time}`, 'holdfast']] }
}

function withTask(moment: Date | undefined, folder: string): WakeCommands {
  if (moment === undefined) return { files: [], commands: [['schtasks.exe', '/Delete', '/TN', taskName, '/F']] }
  const path = `${folder}\\holdfast-wake.xml`
  return {
    files: [{ path, text: taskXml(moment) }],
    commands: [['schtasks.exe', '/Create', '/TN', taskName, '/XML', path, '/F']],
  }
}

function taskXml(moment: Date): string {
  return `<?xml version="1.0"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Triggers><TimeTrigger><StartBoundary>${moment.toISOString().slice(0, 19)}Z</StartBoundary></TimeTrigger></Triggers>
  <Settings>
    <WakeToRun>true</WakeToRun>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
  </Settings>
  <Actions><Exec><Command>cmd.exe</Command><Arguments>/c exit</Arguments></Exec></Actions>
</Task>
`
}
