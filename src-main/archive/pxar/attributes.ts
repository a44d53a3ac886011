import { HoldfastError } from '../../../src-shared/errors.ts'
import type { AccessControlList, AclRow, Metadata } from '../tree.ts'
import type { ItemWriter } from './item-writer.ts'
import { headerBytes, itemType, maxAttributeBytes, maxEntryAttributesBytes } from './items.ts'

/** An absent permission of a default ACL: 2^64 − 1. */
export const absentPermissions = 0xffff_ffff_ffff_ffffn

/** Writes the attributes of an entry in the order of the grammar (spec pbs §7.3). They were checked. */
export function writeAttributes(out: ItemWriter, metadata: Metadata): void {
  const { xattrs, acl, capability, quotaProjectId } = metadata
  for (const { name, value } of xattrs) {
    out.putHeader(itemType.xattr, name.length + 1 + value.length)
    out.putBytes(name)
    out.putByte(0)
    out.putBytes(value)
  }
  if (acl !== undefined) writeAcl(out, acl)
  if (capability !== undefined) {
    out.putHeader(itemType.capability, capability.length)
    out.putBytes(capability)
  }
  if (quotaProjectId !== undefined) {
    out.putHeader(itemType.quotaProjectId, 8)
    out.putBigU64(quotaProjectId)
  }
}

function writeAcl(out: ItemWriter, acl: AccessControlList): void {
  writeRows(out, itemType.aclUser, acl.users)
  writeRows(out, itemType.aclGroup, acl.groups)
  if (acl.groupObject !== undefined) {
    out.putHeader(itemType.aclGroupObject, 8)
    out.putU64(acl.groupObject)
  }
  const { defaults } = acl
  if (defaults === undefined) return
  out.putHeader(itemType.aclDefault, 32)
  for (const permissions of [defaults.userObject, defaults.groupObject, defaults.other, defaults.mask]) {
    if (permissions === undefined) out.putBigU64(absentPermissions)
    else out.putU64(permissions)
  }
  writeRows(out, itemType.aclDefaultUser, defaults.users)
  writeRows(out, itemType.aclDefaultGroup, defaults.groups)
}

function writeRows(
  out: ItemWriter,
  type:
    | typeof itemType.aclUser
    | typeof itemType.aclGroup
    | typeof itemType.aclDefaultUser
    | typeof itemType.aclDefaultGroup,
  rows: readonly AclRow[],
): void {
  for (const { id, permissions } of rows) {
    out.putHeader(type, 16)
    out.putU64(id)
    out.putU64(permissions)
  }
}

/** Throws `input/invalid` for what readers, ours and others, would not take. */
export function checkAttributes({ xattrs, acl, capability }: Metadata): void {
  if (xattrs.length === 0 && acl === undefined && capability === undefined) return
  let total = capability?.length ?? 0
  if (total > maxAttributeBytes) throw tooMuch(`a capability of ${total} bytes`)
  for (const { name, value } of xattrs) {
    const body = name.length + 1 + value.length
    if (body > maxAttributeBytes) throw tooMuch(`an extended attribute of ${body} bytes`)
    if (name.length === 0 || name.includes(0)) throw tooMuch('an extended attribute without a proper name')
    total += headerBytes + body
  }
  for (const rows of [acl?.users, acl?.groups, acl?.defaults?.users, acl?.defaults?.groups]) {
    total += (rows?.length ?? 0) * (headerBytes + 16)
  }
  if (total > maxEntryAttributesBytes) throw tooMuch(`${total} bytes of attributes`)
}

function tooMuch(what: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail: `The archive format cannot hold ${what}.` })
}
