import { constants } from 'node:fs'
import type { AttributeWish, NodeAttributes, NodeKind } from './file-system-calls.ts'
import { cString, type LinuxLibrary } from './linux-library.ts'
import { errorCode } from './system-error.ts'
import { isArchivedXattr } from './xattr-names.ts'

/** linux/fs.h, on the architectures that number ioctls the usual way. */
export const getFlagsRequest = 0x80086601
export const setFlagsRequest = 0x40086602
export const getFsXattrRequest = 0x801c581f
export const setFsXattrRequest = 0x401c5820
/** struct fsxattr; the project id is its fourth u32. */
export const fsXattrBytes = 28
export const projectIdOffset = 12

/** Of linux/btrfs.h: BTRFS_IOC_SUBVOL_GETFLAGS, and BTRFS_SUBVOL_RDONLY. */
const subvolumeFlagsRequest = 0x80089419
const readOnlyBit = 2n

/** XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h. */
const listBuffer = Buffer.allocUnsafeSlow(65_536)
const valueBuffer = Buffer.allocUnsafeSlow(65_536)
const ioctlBuffer = Buffer.alloc(32)

const none: NodeAttributes = { xattrs: [], flags: 0, projectId: 0 }
const noXattrs: NodeAttributes['xattrs'] = []

/** The file system keeps no such attributes, or the node's kind cannot have them. */
const unsupported = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOTTY', 'EINVAL', 'ENOSYS'])

export function readLinuxAttributes(
  library: LinuxLibrary,
  path: Buffer,
  kind: NodeKind,
  wish: AttributeWish,
): NodeAttributes {
  const canOpen = kind === 'file' || kind === 'directory'
  const { flags, projectId } = wish.flags && canOpen ? readFlags(library, path) : none
  const xattrs = wish.xattrs ? readXattrs(library, path) : noXattrs
  return { xattrs, flags, projectId }
}

function readXattrs(library: LinuxLibrary, path: Buffer): NodeAttributes['xattrs'] {
  let length: number
  try {
    length = library.listXattrs(cString(path), listBuffer)
  } catch (error) {
    if (unsupported.has(errorCode(error) ?? '')) return noXattrs
    throw error
  }
  if (length === 0) return noXattrs
  const found: { name: Buffer; value: Buffer }[] = []
  // The list is names, each ending with NUL. It is copied, since reading a value may not disturb it.
  const list = Buffer.from(listBuffer.subarray(0, length))
  for (let begin = 0; begin < length; ) {
    const end = list.indexOf(0, begin)
    if (end < 0) break
    const name = list.subarray(begin, end)
    begin = end + 1
    if (!isArchivedXattr(name)) continue
    const value = readXattr(library, path, name)
    if (value !== undefined) found.push({ name, value })
  }
  return found
}

function readXattr(library: LinuxLibrary, path: Buffer, name: Buffer): Buffer | undefined {
  try {
    const length = library.getXattr(cString(path), cString(name, 1), valueBuffer)
    return Buffer.from(valueBuffer.subarray(0, length))
  } catch (error) {
    // Removed since the list was made.
    if (errorCode(error) === 'ENODATA' || unsupported.has(errorCode(error) ?? '')) return undefined
    throw error
  }
}

/** What a directory of Btrfs is; undefined for one inside of a subvolume. */
export function readSubvolume(library: LinuxLibrary, path: Buffer): 'writable' | 'read-only' | undefined {
  const fd = openForFlags(library, path)
  if (fd === undefined) return undefined
  try {
    library.ioctl(fd, subvolumeFlagsRequest, ioctlBuffer)
    return (ioctlBuffer.readBigUInt64LE(0) & readOnlyBit) === 0n ? 'writable' : 'read-only'
  } catch (error) {
    if (unsupported.has(errorCode(error) ?? '')) return undefined
    throw error
  } finally {
    library.close(fd)
  }
}

function readFlags(library: LinuxLibrary, path: Buffer): { flags: number; projectId: number } {
  const fd = openForFlags(library, path)
  if (fd === undefined) return none
  try {
    library.ioctl(fd, getFsXattrRequest, ioctlBuffer)
    const projectId = ioctlBuffer.readUInt32LE(projectIdOffset)
    library.ioctl(fd, getFlagsRequest, ioctlBuffer)
    return { flags: ioctlBuffer.readUInt32LE(0), projectId }
  } catch (error) {
    if (unsupported.has(errorCode(error) ?? '')) return none
    throw error
  } finally {
    library.close(fd)
  }
}

/** A node that cannot be opened has no flags for us: its content will say that it is unreadable. */
function openForFlags(library: LinuxLibrary, path: Buffer): number | undefined {
  const mode = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  try {
    return library.open(cString(path), mode | constants.O_NOATIME, 0)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return undefined
    try {
      return library.open(cString(path), mode, 0)
    } catch {
      return undefined
    }
  }
}
