import { type ChangeKind, type EntryKind, entryKind } from '../../../src-shared/model/entry.ts'

/** What an entry is in one version, as stored. `kind` is its position in the model's list. */
export interface Facts {
  readonly kind: number
  readonly size: number
  readonly mtime_ms: number
  readonly mtime_rest_ns: number
  readonly permissions: number
  readonly uid: number
  readonly gid: number
  readonly target: Uint8Array | null
}

export interface VersionRow extends Facts {
  readonly directory: number
  readonly name: number
  readonly first: number
  readonly last: number
}

export const directoryKind = entryKind.options.indexOf('directory')

/** The stored numbers are positions in `entryKind`: append to that list, never reorder it without a migration. */
export function kindNumber(kind: EntryKind): number {
  return entryKind.options.indexOf(kind)
}

export function kindOf(number: number): EntryKind {
  return entryKind.options[number] ?? 'file'
}

export function sameFacts(a: Facts, b: Facts): boolean {
  return sameContent(a, b) && a.permissions === b.permissions && a.uid === b.uid && a.gid === b.gid && sameTime(a, b)
}

/** A folder's own time and rights are metadata; for everything else size, time and link target stand for the content. */
export function changeBetween(before: Facts | undefined, after: Facts | undefined): ChangeKind {
  if (before === undefined) return after === undefined ? 'identical' : 'added'
  if (after === undefined) return 'removed'
  if (sameFacts(before, after)) return 'identical'
  const isFolder = before.kind === directoryKind && after.kind === directoryKind
  return isFolder || (sameContent(before, after) && sameTime(before, after)) ? 'metadata' : 'changed'
}

function sameContent(a: Facts, b: Facts): boolean {
  return a.kind === b.kind && a.size === b.size && sameBytes(a.target, b.target)
}

function sameTime(a: Facts, b: Facts): boolean {
  return a.mtime_ms === b.mtime_ms && a.mtime_rest_ns === b.mtime_rest_ns
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
