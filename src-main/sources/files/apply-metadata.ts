import type { CarryOver } from '../../../src-shared/model/restore.ts'
import type { Metadata } from '../../archive/tree.ts'
import type { NodeKind, WritableNode } from '../../os/file-system-calls.ts'
import type { OwnerNames } from '../../os/owner-names.ts'
import { describeSystemError, errorCode } from '../../os/system-error.ts'
import { accessAclName, capabilityName, defaultAclName, selinuxLabelName } from '../../os/xattr-names.ts'
import { chattrFlags } from './node-flags.ts'
import { encodeAcl } from './posix-acl.ts'

/** The disk cannot hold it, or the person may not set it: worth a word, no reason to lose the file. */
const tolerable = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'EINVAL', 'ERANGE', 'E2BIG', 'ENOTTY', 'ENOSYS'])
const setIdBits = 0o6000
const nul = Uint8Array.of(0)

export interface ApplyOptions {
  readonly carryOver: CarryOver
  /** Whom a name in the archive means here; one that nobody has here goes by its number. */
  readonly owners: Pick<OwnerNames, 'userId' | 'groupId'>
  /** Hears once for each thing that could not be set. */
  readonly warn: (what: 'owner' | 'attribute', reason: string) => void
}

/**
 * Sets all but the flags, in the order of spec pbs §7.8: a change of owner takes away set-id bits and capabilities, so
 * it comes first; an ACL changes the mode, so that comes after; the time comes last.
 */
export function applyMetadata(node: WritableNode, kind: NodeKind, metadata: Metadata, options: ApplyOptions): void {
  const { carryOver, warn } = options
  const attempt = (what: 'owner' | 'attribute', label: string, set: () => void): boolean => {
    try {
      set()
      return true
    } catch (error) {
      if (!tolerable.has(errorCode(error) ?? '')) throw error
      warn(what, `${label}: ${describeSystemError(error)}`)
      return false
    }
  }
  const { permissions } = metadata
  const { uid, gid } = ownersHere(metadata, options.owners)
  const isOwned = carryOver.owner && attempt('owner', 'Owner', () => node.setOwner(uid, gid))
  if (carryOver.attributes) {
    if (metadata.subvolume !== undefined) warn('attribute', 'It was a subvolume, and is a plain folder now')
    applyAttributes(node, metadata, (label, set) => attempt('attribute', label, set))
  }
  if (carryOver.permissions && kind !== 'symlink') {
    // A program that runs as its owner must not run as whoever restores it.
    const granted = isOwned ? permissions : permissions & ~setIdBits
    attempt('attribute', 'Permissions', () => node.setPermissions(granted))
  }
  if (carryOver.times) attempt('attribute', 'Time', () => node.setModified(metadata.mtimeNs))
}

/** By name where the archive has one, as tar and casync do it: numbers differ from computer to computer. */
function ownersHere({ uid, gid, ownerName, groupName }: Metadata, owners: ApplyOptions['owners']) {
  return {
    uid: (ownerName === undefined ? undefined : owners.userId(ownerName)) ?? uid,
    gid: (groupName === undefined ? undefined : owners.groupId(groupName)) ?? gid,
  }
}

/** Last of all, when the node has its name: an immutable file cannot be renamed. */
export function applyFlags(node: WritableNode, metadata: Metadata, { carryOver, warn }: ApplyOptions): void {
  if (!carryOver.attributes || metadata.flags === 0n) return
  const flags = chattrFlags(metadata.flags)
  if (flags === 0) return
  try {
    node.setFlags(flags)
  } catch (error) {
    if (!tolerable.has(errorCode(error) ?? '')) throw error
    warn('attribute', `Flags: ${describeSystemError(error)}`)
  }
}

function applyAttributes(
  node: WritableNode,
  metadata: Metadata,
  attempt: (label: string, set: () => void) => boolean,
): void {
  for (const { name, value } of metadata.xattrs)
    attempt(`Attribute ${Buffer.from(name).toString()}`, () => node.setXattr(name, value))
  const { capability, acl, quotaProjectId, selinuxLabel } = metadata
  if (capability !== undefined) attempt('Capabilities', () => node.setXattr(capabilityName, capability))
  if (acl !== undefined) {
    const encoded = encodeAcl(acl, metadata.permissions)
    const { access, default: defaults } = encoded
    if (access !== undefined) attempt('Access list', () => node.setXattr(accessAclName, access))
    if (defaults !== undefined) attempt('Default access list', () => node.setXattr(defaultAclName, defaults))
  }
  if (selinuxLabel !== undefined) {
    // Labels end in NUL on disk, as libselinux writes them.
    attempt('SELinux label', () => node.setXattr(selinuxLabelName, Buffer.concat([selinuxLabel, nul])))
  }
  // The file system counts in 32 bits.
  if (quotaProjectId !== undefined && quotaProjectId <= 0xffffffffn)
    attempt('Quota project', () => node.setProjectId(Number(quotaProjectId)))
}

/** Takes off what a new node got from the default ACL of its folder. */
export function removeInheritedAcl(node: WritableNode, kind: NodeKind): void {
  for (const name of kind === 'directory' ? [accessAclName, defaultAclName] : [accessAclName]) {
    try {
      node.removeXattr(name)
    } catch (error) {
      if (!['ENODATA', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error) ?? '')) throw error
    }
  }
}
