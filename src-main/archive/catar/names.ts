import { entryNameProblem, linkTargetProblem } from '../entry-names.ts'
import { maxNameBytes, maxTargetBytes } from './records.ts'

/** What is wrong with a file name, or undefined. A restore relies on it: no name leaves its folder (spec casync §10.6). */
export function nameProblem(name: Uint8Array): string | undefined {
  return entryNameProblem(name, maxNameBytes)
}

/** What is wrong with the target of a symbolic link, or undefined. */
export function symlinkProblem(target: Uint8Array): string | undefined {
  return linkTargetProblem(target, maxTargetBytes)
}

const ownerName = /^[A-Za-z_][A-Za-z0-9_-]{0,254}$/

/** Whether casync takes a name of an owner (§10.4). Others are not written: the archive could not be read. */
export function isOwnerName(name: string): boolean {
  return ownerName.test(name) && name !== 'root'
}

/**
 * What is wrong with the name of an extended attribute, or undefined (§10.5). There are two namespaces; what else a file
 * has is not archived, or has its own record.
 */
export function xattrNameProblem(name: Uint8Array): string | undefined {
  if (name.length > maxNameBytes) return `longer than ${maxNameBytes} bytes`
  const text = Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')
  if (!text.startsWith('user.') && !text.startsWith('trusted.')) return 'neither in user. nor in trusted.'
  if (text.endsWith('.')) return 'ends in a dot'
  return text.includes('\0') ? 'contains a NUL' : undefined
}
