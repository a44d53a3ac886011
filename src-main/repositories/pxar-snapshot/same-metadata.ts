import type { AccessControlList, AclRow, ExtendedAttribute, Metadata, TreeEntry } from '../../archive/tree.ts'

/**
 * Whether a file can be taken over unread, as far as its metadata tells (spec pbs §9.1). Stricter than PBS, which looks
 * only at the names of extended attributes: a changed value shows here too. Size and kind are for the caller to compare.
 */
export function isSameMetadata(a: Metadata, b: Metadata): boolean {
  return (
    a.mtimeNs === b.mtimeNs &&
    a.permissions === b.permissions &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.flags === b.flags &&
    a.quotaProjectId === b.quotaProjectId &&
    areSameBytes(a.capability, b.capability) &&
    areSameAttributes(a.xattrs, b.xattrs) &&
    isSameAcl(a.acl, b.acl)
  )
}

/** Whether an entry that has no content is as it was. */
export function isSameEntry(a: TreeEntry, b: TreeEntry | undefined): boolean {
  if (b === undefined || a.kind === 'leave' || b.kind === 'leave') return false
  if (a.kind === 'hardlink' || b.kind === 'hardlink') {
    return a.kind === 'hardlink' && b.kind === 'hardlink' && areSameBytes(a.target, b.target)
  }
  if (!isSameMetadata(a.metadata, b.metadata)) return false
  if (a.kind === 'symlink') return b.kind === 'symlink' && areSameBytes(a.target, b.target)
  if (a.kind === 'block-device' || a.kind === 'char-device') {
    return b.kind === a.kind && a.major === b.major && a.minor === b.minor
  }
  return a.kind === b.kind
}

function areSameAttributes(a: readonly ExtendedAttribute[], b: readonly ExtendedAttribute[]): boolean {
  return (
    a.length === b.length &&
    a.every((attribute, i) => {
      const other = b[i]
      return (
        other !== undefined && areSameBytes(attribute.name, other.name) && areSameBytes(attribute.value, other.value)
      )
    })
  )
}

function isSameAcl(a: AccessControlList | undefined, b: AccessControlList | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.groupObject === b.groupObject &&
    areSameRows(a.users, b.users) &&
    areSameRows(a.groups, b.groups) &&
    a.defaults?.userObject === b.defaults?.userObject &&
    a.defaults?.groupObject === b.defaults?.groupObject &&
    a.defaults?.other === b.defaults?.other &&
    a.defaults?.mask === b.defaults?.mask &&
    areSameRows(a.defaults?.users, b.defaults?.users) &&
    areSameRows(a.defaults?.groups, b.defaults?.groups)
  )
}

function areSameRows(a: readonly AclRow[] = [], b: readonly AclRow[] = []): boolean {
  return a.length === b.length && a.every((row, i) => row.id === b[i]?.id && row.permissions === b[i]?.permissions)
}

export function areSameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The order of a directory's entries: by raw bytes, a prefix first. */
export function compareNames(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    // Both are below the lengths just compared.
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
