import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { count, timestamp } from '../model/ids.ts'
import { foldersSource } from '../model/source.ts'
import { raises } from './raises.ts'

const folderEntry = z.object({
  name: z.string(),
  /** Absolute, as path text. */
  path: z.string(),
  kind: z.enum(['directory', 'file', 'symlink', 'other']),
  sizeBytes: count.optional(),
  modifiedAt: timestamp.optional(),
  /** The pattern or preset that leaves it out, when the given rules do. */
  excludedBy: z.string().optional(),
  readable: z.boolean(),
})
export type FolderEntry = z.infer<typeof folderEntry>

const rules = z.object({ excludes: z.array(z.string()).default([]), presets: z.array(z.string()).default([]) })

const measurement = z.object({
  path: z.string(),
  files: count,
  bytes: count,
  excludedFiles: count,
  excludedBytes: count,
  /** Bytes each preset or pattern leaves out, largest first. */
  excludedBy: z.array(z.object({ rule: z.string(), bytes: count })),
  done: z.boolean(),
})
export type FolderMeasurement = z.infer<typeof measurement>

/** Why a place can be held still, or cannot (sources/freeze/snapshot-provider.ts). */
const snapshotChance = z.object({
  path: z.string(),
  /** Empty where nobody can tell. */
  fileSystem: z.string(),
  state: z.enum(['possible', 'still', 'unsupported', 'needs-root', 'read-only', 'hidden', 'too-many', 'unknown']),
})
export type SnapshotChance = z.infer<typeof snapshotChance>

const preset = z.object({ id: z.string(), title: z.string(), description: z.string(), patterns: z.array(z.string()) })

/** The live disk: picking folders, and what excludes would leave out. */
export const foldersContract = {
  /** Children of a folder; the empty path lists the roots of this computer. `root` is what anchored patterns refer to. */
  list: oc
    .input(
      z.object({
        path: z.string(),
        root: z.string().optional(),
        rules: rules.optional(),
        filesToo: z.boolean().default(false),
      }),
    )
    .output(z.object({ path: z.string(), parent: z.string().optional(), entries: z.array(folderEntry) }))
    .errors(raises('path/not-found', 'path/not-a-folder', 'file/unreadable')),
  /** Real folders of this person that are worth protecting, for the first screen. */
  suggestions: oc.output(z.array(z.object({ path: z.string(), title: z.string() }))),
  /** Counts a folder. Grows until `done`; several events a second. */
  measure: oc
    .input(z.object({ path: z.string(), root: z.string().optional(), rules: rules.optional() }))
    .output(eventIterator(measurement)),
  /** What can be read from a snapshot of these folders: the folders that are there, then what lies in them and is entered. */
  snapshotChances: oc.input(foldersSource).output(z.array(snapshotChance)),
  presets: oc.output(z.array(preset)),
  /** Opens the native dialog where there is one; `undefined` when the person cancels or there is none (`host` headless). */
  pick: oc.input(z.object({ title: z.string() })).output(z.object({ path: z.string().optional() })),
  create: oc
    .input(z.object({ parent: z.string(), name: z.string().min(1).max(255) }))
    .output(z.object({ path: z.string() }))
    .errors(raises('disk/read-only', 'path/not-found', 'input/invalid')),
}
