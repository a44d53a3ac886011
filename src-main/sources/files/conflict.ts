import type { ConflictPolicy } from '../../../src-shared/model/restore.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { NodeStatus } from '../../os/file-system-calls.ts'

export type PlacedEntry = Exclude<TreeEntry, { kind: 'leave' }>

/**
 * new: nothing is there. merge: a folder into a folder. identical: the same is there. replace: what is there goes.
 * keep: what is there stays. keep-newer: it stays because it is newer. keep-both: the restored one gets another name.
 * blocked: a folder is in the way of something else.
 */
export type Decision = 'new' | 'merge' | 'identical' | 'replace' | 'keep' | 'keep-newer' | 'keep-both' | 'blocked'

/** Node's own calls set times as a double of seconds; a restore that used them must still know its own files. */
const roundingNs = 2000n

/** What to do with an entry where `existing` is there. Reads nothing: preview and restore decide alike. */
export function decide(policy: ConflictPolicy, existing: NodeStatus | undefined, entry: PlacedEntry): Decision {
  if (existing === undefined) return 'new'
  if (entry.kind === 'directory' && existing.kind === 'directory') return 'merge'
  if (isIdentical(existing, entry)) return 'identical'
  if (policy === 'skip') return 'keep'
  if (policy === 'rename') return 'keep-both'
  if (existing.kind === 'directory') return 'blocked'
  if (policy === 'newer' && !isOlder(existing, entry)) return 'keep-newer'
  return 'replace'
}

/** Files by size and modification time; devices by their number. Links are compared by who can read them. */
function isIdentical(existing: NodeStatus, entry: PlacedEntry): boolean {
  if (entry.kind === 'hardlink' || existing.kind !== entry.kind) return false
  switch (entry.kind) {
    case 'file':
      return existing.sizeBytes === entry.sizeBytes && isSameTime(existing.mtimeNs, entry.metadata.mtimeNs)
    case 'block-device':
    case 'char-device':
      return existing.major === entry.major && existing.minor === entry.minor
    case 'fifo':
    case 'socket':
      return true
    case 'symlink':
    case 'directory':
      return false
  }
}

function isOlder(existing: NodeStatus, entry: PlacedEntry): boolean {
  // A hard link has no time of its own: what it names does, and that came before.
  return entry.kind === 'hardlink' || existing.mtimeNs < entry.metadata.mtimeNs - roundingNs
}

function isSameTime(a: bigint, b: bigint): boolean {
  const apart = a < b ? b - a : a - b
  return apart <= roundingNs
}
