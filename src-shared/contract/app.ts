import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { timestamp } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { settings } from '../model/settings.ts'

const appInfo = z.object({
  version: z.string(),
  computer: z.string(),
  platform: z.enum(['linux', 'macos', 'windows']),
  host: z.enum(['electron', 'headless']),
  dataDirectory: z.string(),
  homeDirectory: z.string(),
  timeZone: z.string(),
  /** False without the rights to read every file or to restore owners. */
  privileged: z.boolean(),
})
export type AppInfo = z.infer<typeof appInfo>

export const power = z.object({
  onBattery: z.boolean(),
  batteryPercent: z.number().optional(),
  /** Absent where nobody can tell. */
  metered: z.boolean().optional(),
  /** When the computer is to wake up for a plan, and why it would not. */
  wake: z.object({ at: timestamp, problem: z.string().optional() }).optional(),
})

/** Areas whose lists a view should read again. Jobs have a stream of their own. */
export const changedArea = z.enum(['plans', 'repositories', 'snapshots', 'settings', 'keys', 'pause'])
export type ChangedArea = z.infer<typeof changedArea>

const pauseState = z.object({ pausedUntil: timestamp.optional() })

export const appContract = {
  info: oc.output(appInfo),
  power: oc.output(power),
  /** The first event names every area; each later one what changed since. */
  changes: oc.output(eventIterator(z.object({ areas: z.array(changedArea) }))),
  pauseState: oc.output(pauseState),
  /** Pauses every plan until then. Running jobs go on; missed runs are caught up once. */
  pause: oc.input(z.object({ until: timestamp })).output(pauseState),
  resume: oc.output(pauseState),
  settings: oc.output(settings),
  saveSettings: oc.input(settings).output(settings),
  /** Drops the index of snapshots and entries and reads it again from every repository. Restores work meanwhile. */
  rebuildCatalog: oc.output(z.array(job)),
  /** Opens a page of ours in the browser of the system, by name, never by address (style S10). */
  openLink: oc
    .input(
      z.object({
        name: z.enum(['documentation', 'release-notes', 'accessibility', 'licence', 'third-party-licences']),
      }),
    )
    .output(z.void()),
}
