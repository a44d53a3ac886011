import type { AccessControlList, AclRow, Metadata } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import type { OwnerNames } from '../../os/owner-names.ts'
import { accessAclName, capabilityName, defaultAclName, isPlainXattr, selinuxLabelName } from '../../os/xattr-names.ts'
import { archiveFlags } from './node-flags.ts'
import { decodeAcl } from './posix-acl.ts'

export interface KnownOfNode {
  readonly status: NodeStatus
  readonly owners: OwnerNames
}

const everything = { xattrs: true, flags: true }
const noXattrs: Metadata['xattrs'] = []

/** What an archive keeps of a node besides its content. Without a name, of the directory itself. */
export function readMetadata(directory: Directory, name: Uint8Array | undefined, known: KnownOfNode): Metadata {
  const { xattrs, flags, projectId, subvolume } = directory.attributes(name, known.status.kind, everything)
  const metadata = statusMetadata(known, archiveFlags(flags))
  if (xattrs.length === 0 && projectId === 0 && subvolume === undefined) return metadata
  const find = (wanted: Buffer) => xattrs.find((xattr) => wanted.equals(xattr.name))?.value
  const capability = find(capabilityName)
  const label = find(selinuxLabelName)
  const acl = readAcl(find(accessAclName), find(defaultAclName), known.owners)
  return {
    ...metadata,
    xattrs: xattrs.filter((xattr) => isPlainXattr(xattr.name)),
    ...(acl && { acl }),
    ...(capability && { capability }),
    ...(label && label.length > 1 && { selinuxLabel: withoutNul(label) }),
    ...(subvolume && { subvolume }),
    ...(projectId !== 0 && { quotaProjectId: BigInt(projectId) }),
  }
}

/** What stat alone tells, for when the attributes cannot be read. */
export function statusMetadata({ status, owners }: KnownOfNode, flags = 0n): Metadata {
  const { permissions, uid, gid, mtimeNs } = status
  const metadata = { permissions, uid, gid, mtimeNs, flags, xattrs: noXattrs }
  // Everybody knows who 0 is.
  if (uid === 0 && gid === 0) return metadata
  return { ...metadata, ownerName: nameOf(uid, owners.userName), groupName: nameOf(gid, owners.groupName) }
}

function nameOf(id: number, find: (id: number) => string | undefined): string | undefined {
  return id === 0 ? undefined : find(id)
}

function readAcl(
  access: Uint8Array | undefined,
  defaults: Uint8Array | undefined,
  owners: OwnerNames,
): AccessControlList | undefined {
  if (access === undefined && defaults === undefined) return undefined
  const acl = decodeAcl({ access, default: defaults })
  if (acl === undefined) return undefined
  const users = (rows: readonly AclRow[]) => rows.map((row) => ({ ...row, name: nameOf(row.id, owners.userName) }))
  const groups = (rows: readonly AclRow[]) => rows.map((row) => ({ ...row, name: nameOf(row.id, owners.groupName) }))
  const named = <Rows extends Pick<AccessControlList, 'users' | 'groups'>>(rows: Rows): Rows => {
    return { ...rows, users: users(rows.users), groups: groups(rows.groups) }
  }
  return { ...named(acl), ...(acl.defaults && { defaults: named(acl.defaults) }) }
}

/** The kernel ends labels with one. */
function withoutNul(label: Uint8Array): Uint8Array {
  return label.at(-1) === 0 ? label.subarray(0, -1) : label
}
