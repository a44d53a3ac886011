import type { AccessControlList, Metadata } from '../../archive/tree.ts'
import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { accessAclName, capabilityName, defaultAclName, isPlainXattr } from '../../os/xattr-names.ts'
import { archiveFlags } from './node-flags.ts'
import { decodeAcl } from './posix-acl.ts'

const everything = { xattrs: true, flags: true }
const noXattrs: Metadata['xattrs'] = []

/** What an archive keeps of a node besides its content. Without a name, of the directory itself. */
export function readMetadata(directory: Directory, name: Uint8Array | undefined, status: NodeStatus): Metadata {
  const { xattrs, flags, projectId } = directory.attributes(name, status.kind, everything)
  const metadata = statusMetadata(status, archiveFlags(flags))
  if (xattrs.length === 0 && projectId === 0) return metadata
  const find = (wanted: Buffer) => xattrs.find((xattr) => wanted.equals(xattr.name))?.value
  const capability = find(capabilityName)
  const acl = readAcl(find(accessAclName), find(defaultAclName))
  return {
    ...metadata,
    xattrs: xattrs.filter((xattr) => isPlainXattr(xattr.name)),
    ...(acl && { acl }),
    ...(capability && { capability }),
    ...(projectId !== 0 && { quotaProjectId: BigInt(projectId) }),
  }
}

/** What stat alone tells, for when the attributes cannot be read. */
export function statusMetadata(status: NodeStatus, flags = 0n): Metadata {
  const { permissions, uid, gid, mtimeNs } = status
  return { permissions, uid, gid, mtimeNs, flags, xattrs: noXattrs }
}

function readAcl(access: Uint8Array | undefined, defaults: Uint8Array | undefined): AccessControlList | undefined {
  if (access === undefined && defaults === undefined) return undefined
  return decodeAcl({ access, default: defaults })
}
