import { HoldfastError } from '../../../src-shared/errors.ts'
import type { NodeKind } from '../node-kind.ts'
import type { AccessControlList, AclRow, ExtendedAttribute, Metadata } from '../tree.ts'
import { absentMask, checkAcl, compareRows } from './acl-records.ts'
import { type EntryStyle, storedId } from './entry-record.ts'
import { featureFlag } from './feature-flags.ts'
import { isOwnerName, xattrNameProblem } from './names.ts'
import type { RecordWriter } from './record-writer.ts'
import { maxCapabilityBytes, maxLabelBytes, maxXattrValueBytes, type RecordType, recordType } from './records.ts'

/** The attributes of a node as they will be written: what the archive does not carry is left out, the rest is checked. */
export interface NodeAttributes {
  readonly ownerName?: string | undefined
  readonly groupName?: string | undefined
  /** In the order of their names. */
  readonly xattrs: readonly ExtendedAttribute[]
  readonly acl?: AccessControlList | undefined
  readonly selinuxLabel?: Uint8Array | undefined
  readonly capability?: Uint8Array | undefined
  readonly quotaProjectId?: bigint | undefined
}

const none: NodeAttributes = { xattrs: [] }

/** Throws `input/invalid` for what a reader, ours or casync, would not take (spec casync §10.4, §10.5). */
export function chooseAttributes(kind: NodeKind, metadata: Metadata, style: EntryStyle): NodeAttributes {
  const has = (flag: bigint): boolean => (style.featureFlags & flag) !== 0n
  const hasNames = has(featureFlag.userNames)
  const isFileOrDirectory = kind === 'file' || kind === 'directory'
  const { xattrs, acl, selinuxLabel, capability, quotaProjectId } = metadata
  const chosen: NodeAttributes = {
    ...none,
    ...(hasNames && { ownerName: ownerOf(metadata.uid, metadata.ownerName) }),
    ...(hasNames && { groupName: ownerOf(metadata.gid, metadata.groupName) }),
    ...(has(featureFlag.selinux) && selinuxLabel && { selinuxLabel: checkLabel(selinuxLabel) }),
    ...(has(featureFlag.capabilities) && kind === 'file' && capability && { capability: checkCapability(capability) }),
    ...(has(featureFlag.quotaProjectId) && isFileOrDirectory && quotaProjectId && { quotaProjectId }),
  }
  if (kind === 'symlink') return chosen
  return {
    ...chosen,
    ...(has(featureFlag.xattrs) && xattrs.length > 0 && { xattrs: chooseXattrs(xattrs) }),
    ...(has(featureFlag.acl) && acl && { acl: chooseAcl(acl, kind, style) }),
  }
}

/** In the order of the grammar. */
export function writeAttributes(out: RecordWriter, attributes: NodeAttributes): void {
  const { ownerName, groupName, xattrs, acl, selinuxLabel, capability, quotaProjectId } = attributes
  if (ownerName !== undefined) out.putText(recordType.user, Buffer.from(ownerName, 'latin1'))
  if (groupName !== undefined) out.putText(recordType.group, Buffer.from(groupName, 'latin1'))
  for (const { name, value } of xattrs) out.putXattr(name, value)
  if (acl !== undefined) writeAcl(out, acl)
  if (selinuxLabel !== undefined) out.putText(recordType.selinux, selinuxLabel)
  if (capability !== undefined) out.putBytes(recordType.capability, capability)
  if (quotaProjectId !== undefined) out.putNumbers(recordType.quotaProjectId, [quotaProjectId])
}

function writeAcl(out: RecordWriter, { users, groups, groupObject, defaults }: AccessControlList): void {
  writeRows(out, recordType.aclUser, users)
  writeRows(out, recordType.aclGroup, groups)
  if (groupObject !== undefined) out.putNumbers(recordType.aclGroupObject, [groupObject])
  if (defaults === undefined) return
  const { userObject = 0, groupObject: group = 0, other = 0, mask = absentMask } = defaults // checkAcl: only the mask may miss
  out.putNumbers(recordType.aclDefault, [userObject, group, other, mask])
  writeRows(out, recordType.aclDefaultUser, defaults.users)
  writeRows(out, recordType.aclDefaultGroup, defaults.groups)
}

function writeRows(out: RecordWriter, type: RecordType, rows: readonly AclRow[]): void {
  for (const { id, permissions, name } of rows) out.putAclRow(type, { id, permissions, name })
}

/** Names of the ids before a shift. Root's goes without saying, and what casync cannot read is not written. */
function ownerOf(id: number, name: string | undefined): string | undefined {
  return id !== 0 && name !== undefined && isOwnerName(name) ? name : undefined
}

function chooseXattrs(xattrs: readonly ExtendedAttribute[]): readonly ExtendedAttribute[] {
  const chosen = xattrs
    .filter(({ name }) => xattrNameProblem(name) === undefined)
    .sort((a, b) => Buffer.compare(a.name, b.name))
  for (const [position, { name, value }] of chosen.entries()) {
    if (value.length > maxXattrValueBytes) throw invalid(`an extended attribute of ${value.length} bytes`)
    const before = chosen[position - 1]
    if (before !== undefined && Buffer.compare(before.name, name) === 0) throw invalid('an extended attribute twice')
  }
  return chosen
}

function chooseAcl(acl: AccessControlList, kind: NodeKind, style: EntryStyle): AccessControlList {
  const defaults = kind === 'directory' ? acl.defaults : undefined
  const rows = (list: readonly AclRow[]): AclRow[] => list.map((row) => storedRow(row, style)).sort(compareRows)
  const chosen: AccessControlList = {
    users: rows(acl.users),
    groups: rows(acl.groups),
    groupObject: acl.groupObject,
    ...(defaults && { defaults: { ...defaults, users: rows(defaults.users), groups: rows(defaults.groups) } }),
  }
  checkAcl(chosen)
  return chosen
}

function storedRow({ id, permissions, name }: AclRow, style: EntryStyle): AclRow {
  const isNamed = (style.featureFlags & featureFlag.userNames) !== 0n
  return { id: storedId(id, style), permissions, name: isNamed ? ownerOf(id, name) : undefined }
}

function checkLabel(label: Uint8Array): Uint8Array {
  if (label.length === 0 || label.length > maxLabelBytes || label.includes(0)) throw invalid('such an SELinux label')
  return label
}

function checkCapability(capability: Uint8Array): Uint8Array {
  if (capability.length === 0 || capability.length > maxCapabilityBytes) {
    throw invalid(`a capability of ${capability.length} bytes`)
  }
  return capability
}

function invalid(what: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail: `The archive format cannot hold ${what}.` })
}
