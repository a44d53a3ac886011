import type { Settings } from '../../src-shared/model/settings.ts'
import type { Clock } from './clock.ts'

/**
 * What the app needs from where it runs; each host satisfies it (style A6). Nothing else may differ between the desktop
 * shell, the headless service and the command line (A7).
 */
export interface Host {
  readonly kind: 'electron' | 'headless'
  /** Of Holdfast, as in package.json. */
  readonly version: string
  /** Absolute. Holds catalog, default repository and safety copies; created with mode 0700 when it is missing. */
  readonly dataDirectory: string
  readonly secrets: SecretStore
  readonly clock: Clock
  /** Tells the person something while no window is open; the host decides how, and must not throw. */
  notify(notification: Notification): void
  /** The native folder dialog; absent where there is none. `undefined` when the person cancels. The path is path text. */
  pickFolder?(title: string): Promise<string | undefined>
  /** How the computer is powered and connected now. Asked before each scheduled run; must answer within a second. */
  power(): Promise<PowerState>
  /** Calls back after the computer woke up, or power or network changed. Returns the unsubscribe function. */
  onPowerChange(listener: (change: PowerChange) => void): () => void
  /** Where the disk is mounted that holds a path, when a person may take it away; `undefined` for all that stays. */
  removableDisk?(path: string): Promise<string | undefined>
  /** Makes that disk safe to pull out. Nothing of ours is open on it. Throws `disk/busy`. */
  ejectDisk?(path: string): Promise<void>
  /** Begins a drag of these files in the window, while a mouse button is down there. */
  dragOut?(files: readonly string[]): void
  /** Wakes the computer at that moment (Unix milliseconds), or no longer. Throws `wake/unsupported`. */
  wakeAt?(at: number | undefined): Promise<void>
  /** Opens a page of ours in the browser of the system, by name, never by address. */
  openLink(name: LinkName): Promise<void>
  /** What only the shell can do about the settings; called at start and after each change of them. */
  applySettings?(settings: HostSettings): void
}

export type LinkName = 'documentation' | 'release-notes' | 'accessibility' | 'licence' | 'third-party-licences'
export type PowerChange = 'suspend' | 'resume' | 'power' | 'network'

export type HostSettings = Pick<Settings, 'startAtLogin' | 'keepInTray' | 'theme'>

export interface PowerState {
  readonly onBattery: boolean
  readonly batteryPercent?: number | undefined
  /** Absent where nobody can tell. */
  readonly metered?: boolean | undefined
}

export interface Notification {
  readonly kind: 'success' | 'warning' | 'failure'
  readonly title: string
  readonly body: string
  /** Where a click leads: a route of the window, such as `/activity/<job id>`. */
  readonly route: string
}

/**
 * Where keys and passwords are kept: the keychain of the desktop, or a sealed file. Names are ours
 * (`encryption-key/<id>`), values text. Every member throws `secret/unavailable` when the store cannot be opened.
 */
export interface SecretStore {
  /** `undefined` when there is none with this name. */
  get(name: string): Promise<string | undefined>
  /** Replaces what was there. Durable when it returns. */
  set(name: string, value: string): Promise<void>
  /** Harmless when there is none. */
  delete(name: string): Promise<void>
}
