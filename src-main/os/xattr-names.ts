/**
 * Which extended attributes an archive can hold (spec pbs §7.3): `user.*`, `trusted.*`, Samba's ACL, and the three that
 * have their own place in it. Labels such as `security.selinux` belong to the machine, not to the file.
 */
export const accessAclName = Buffer.from('system.posix_acl_access')
export const defaultAclName = Buffer.from('system.posix_acl_default')
export const capabilityName = Buffer.from('security.capability')
const sambaAclName = Buffer.from('security.NTACL')

/** Kept as a plain name and value. */
export function isPlainXattr(name: Uint8Array): boolean {
  const text = Buffer.from(name.buffer, name.byteOffset, name.byteLength)
  return startsWith(text, 'user.') || startsWith(text, 'trusted.') || text.equals(sambaAclName)
}

export function isArchivedXattr(name: Uint8Array): boolean {
  return isPlainXattr(name) || accessAclName.equals(name) || defaultAclName.equals(name) || capabilityName.equals(name)
}

function startsWith(name: Buffer, prefix: string): boolean {
  return name.length > prefix.length && name.toString('latin1', 0, prefix.length) === prefix
}
