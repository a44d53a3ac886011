/**
 * Which extended attributes an archive can hold (spec pbs §7.3): `user.*`, `trusted.*`, Samba's ACL, and the three that
 * have their own place in it. casync archives also hold the label of SELinux (spec casync §10.5).
 */
export const accessAclName = Buffer.from('system.posix_acl_access')
export const defaultAclName = Buffer.from('system.posix_acl_default')
export const capabilityName = Buffer.from('security.capability')
export const selinuxLabelName = Buffer.from('security.selinux')
const sambaAclName = Buffer.from('security.NTACL')

const ownPlaces = [accessAclName, defaultAclName, capabilityName, selinuxLabelName]

/** Kept as a plain name and value. */
export function isPlainXattr(name: Uint8Array): boolean {
  const text = Buffer.from(name.buffer, name.byteOffset, name.byteLength)
  return startsWith(text, 'user.') || startsWith(text, 'trusted.') || text.equals(sambaAclName)
}

export function isArchivedXattr(name: Uint8Array): boolean {
  return isPlainXattr(name) || ownPlaces.some((place) => place.equals(name))
}

function startsWith(name: Buffer, prefix: string): boolean {
  return name.length > prefix.length && name.toString('latin1', 0, prefix.length) === prefix
}
