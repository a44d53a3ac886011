import { z } from 'zod'
import { count, timestamp } from './ids.ts'

/** Entries of an archive that are shown at a glance. */
export const shownEntries = 1000
/** Tables of a database that are shown at a glance, and rows of one of them. */
export const shownTables = 200
export const shownRows = 100
export const shownColumns = 40
/** Characters of one value. */
export const shownCharacters = 160
/** Characters of a name inside a file; longer ones are cut for the eye. */
export const shownNameLength = 512

/** What is in an archive. `path` is path text, cut after `shownNameLength`. */
export const archivedEntry = z.object({
  path: z.string(),
  kind: z.enum(['file', 'directory', 'link', 'other']),
  sizeBytes: count,
  modifiedAt: timestamp.optional(),
})
export type ArchivedEntry = z.infer<typeof archivedEntry>

/** `foreign`: it is no such thing, whatever its name says. `damaged`: it is one, but cannot be read. */
export const archiveInside = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('listed'),
    entries: z.array(archivedEntry).max(shownEntries),
    /** All of them, where the archive says how many. */
    total: count.optional(),
    /** There are more than these. */
    more: z.boolean(),
    /** It ends, or makes no sense, after these. */
    damaged: z.boolean(),
  }),
  z.object({ state: z.literal('unreadable'), reason: z.enum(['foreign', 'damaged']) }),
])
export type ArchiveInside = z.infer<typeof archiveInside>

const cell = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('null') }),
  /** Numbers come as text too, since they may have 64 bits. */
  z.object({ kind: z.enum(['number', 'text']), text: z.string(), cut: z.boolean() }),
  z.object({ kind: z.literal('blob'), sizeBytes: count }),
])
export type DatabaseCell = z.infer<typeof cell>

const tableInside = z.object({
  name: z.string(),
  /** Views and virtual tables run what the file says, so that they are named only. */
  kind: z.enum(['table', 'view', 'virtual']),
  /** Absent for what is not counted; `more` when there are at least so many. */
  rows: z.object({ count, more: z.boolean() }).optional(),
})

/** A database of SQLite: its tables, and the first rows of one of them. */
export const databaseInside = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('read'),
    tables: z.array(tableInside).max(shownTables),
    moreTables: z.boolean(),
    shown: z
      .object({
        name: z.string(),
        columns: z.array(z.string()).max(shownColumns),
        moreColumns: z.boolean(),
        rows: z.array(z.array(cell).max(shownColumns)).max(shownRows),
        /** The rows end where they cannot be read any more. */
        damaged: z.boolean(),
      })
      .optional(),
  }),
  z.object({ state: z.literal('unreadable'), reason: z.enum(['foreign', 'damaged', 'too-large', 'too-slow']) }),
])
export type DatabaseInside = z.infer<typeof databaseInside>
