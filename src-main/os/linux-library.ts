import koffi from 'koffi'
import { bindCallAside, bindCalls } from './bind-calls.ts'
import { systemError } from './system-error.ts'

/** Of fcntl.h and linux/stat.h, the same on every architecture that we bind. */
export const atCwd = -100
export const atSymlinkNoFollow = 0x100
export const atSymlinkFollow = 0x400
export const atEmptyPath = 0x1000
/** LOCK_EX | LOCK_NB of sys/file.h, RENAME_NOREPLACE and RENAME_EXCHANGE of linux/fs.h. */
const lockExclusiveNow = 6
const renameNoReplace = 1
const renameExchange = 2
const errnoNoCall = 38

/**
 * The calls of the C library that Node does not offer, bound once a thread. A path is passed with `cString` and ends
 * with NUL; buffers are passed by address, never copied. Each returns its result and throws when it failed.
 */
export interface LinuxLibrary {
  statx(dirFd: number, path: Buffer, flags: number, into: Buffer): void
  listXattrs(path: Buffer, into: Buffer): number
  listFdXattrs(fd: number, into: Buffer): number
  getXattr(path: Buffer, name: Buffer, into: Buffer): number
  setXattr(path: Buffer, name: Buffer, value: Uint8Array, follow: boolean): void
  removeXattr(path: Buffer, name: Buffer, follow: boolean): void
  setModified(path: Buffer, times: Buffer, flags: number): void
  setOwner(path: Buffer, uid: number, gid: number, flags: number): void
  makeNode(dirFd: number, name: Buffer, mode: number, device: bigint): void
  link(fromFd: number, from: Buffer, toFd: number, to: Buffer, flags: number): void
  open(path: Buffer, flags: number, mode: number): number
  close(fd: number): void
  ioctl(fd: number, request: number, data: Buffer): void
  /** The same beside other work, for requests that wait for the disk. */
  ioctlInBackground(fd: number, request: number, data: Buffer): Promise<void>
  syncFileSystem(fd: number): void
  syncFileSystemInBackground(fd: number): Promise<void>
  /** Fails with EEXIST if the name is taken; with EINVAL or ENOSYS where that cannot be asked for. */
  renameNew(dirFd: number, from: Buffer, to: Buffer): void
  /** Gives two paths each other's names at once; fails as `renameNew` where that cannot be asked for. */
  exchange(one: Buffer, other: Buffer): void
  setDescriptorModified(fd: number, times: Buffer): void
  lock(fd: number): void
}

/** Throws where the C library lacks one of the calls (glibc before 2.28). */
export function loadLinuxLibrary(): LinuxLibrary {
  const c = koffi.load(null)
  const path = 'const void *'
  const bind = bindCalls(null)
  const statx = c.func('statx', 'int', ['int', path, 'int', 'uint32_t', 'void *'])
  const llistxattr = bind('llistxattr', 'intptr_t', [path, 'void *', 'size_t'])
  const flistxattr = bind('flistxattr', 'intptr_t', ['int', 'void *', 'size_t'])
  const lgetxattr = bind('lgetxattr', 'intptr_t', [path, path, 'void *', 'size_t'])
  const lsetxattr = bind('lsetxattr', 'int', [path, path, path, 'size_t', 'int'])
  const setxattr = bind('setxattr', 'int', [path, path, path, 'size_t', 'int'])
  const lremovexattr = bind('lremovexattr', 'int', [path, path])
  const removexattr = bind('removexattr', 'int', [path, path])
  const utimensat = bind('utimensat', 'int', ['int', path, path, 'int'])
  const fchownat = bind('fchownat', 'int', ['int', path, 'uint32_t', 'uint32_t', 'int'])
  const mknodat = bind('mknodat', 'int', ['int', path, 'uint32_t', 'uint64_t'])
  const linkat = bind('linkat', 'int', ['int', path, 'int', path, 'int'])
  // open and ioctl are variadic; for whole numbers and addresses that is the same call on Linux.
  const open = bind('open', 'int', [path, 'int', 'uint32_t'])
  const close = bind('close', 'int', ['int'])
  const ioctl = bind('ioctl', 'int', ['int', 'uintptr_t', 'void *'])
  const syncfs = bind('syncfs', 'int', ['int'])
  const syncfsAside = bindCallAside(null, 'syncfs', ['int'])
  const ioctlAside = bindCallAside(null, 'ioctl', ['int', 'uintptr_t', 'void *'])
  const futimens = bind('futimens', 'int', ['int', path])
  const flock = bind('flock', 'int', ['int', 'int'])
  const renameat2 =
    bindOptional(() => bind('renameat2', 'int', ['int', path, 'int', path, 'uint32_t'])) ??
    (() => {
      throw systemError(errnoNoCall, 'renameat2')
    })
  return {
    statx: (dirFd, name, flags, into) => {
      const result: unknown = statx(dirFd, name, flags, 0x7ff, into)
      if (result !== 0) throw systemError(koffi.errno(), 'statx')
    },
    listXattrs: (at, into) => llistxattr(at, into, into.length),
    listFdXattrs: (fd, into) => flistxattr(fd, into, into.length),
    getXattr: (at, name, into) => lgetxattr(at, name, into, into.length),
    setXattr: (at, name, value, follow) => (follow ? setxattr : lsetxattr)(at, name, value, value.length, 0),
    removeXattr: (at, name, follow) => (follow ? removexattr : lremovexattr)(at, name),
    setModified: (at, times, flags) => utimensat(atCwd, at, times, flags),
    setOwner: (at, uid, gid, flags) => fchownat(atCwd, at, uid, gid, flags),
    makeNode: (dirFd, name, mode, device) => mknodat(dirFd, name, mode, device),
    link: (fromFd, from, toFd, to, flags) => linkat(fromFd, from, toFd, to, flags),
    open: (at, flags, mode) => open(at, flags, mode),
    close: (fd) => close(fd),
    ioctl: (fd, request, data) => ioctl(fd, request, data),
    ioctlInBackground: (fd, request, data) => ioctlAside(fd, request, data),
    syncFileSystem: (fd) => syncfs(fd),
    syncFileSystemInBackground: (fd) => syncfsAside(fd),
    renameNew: (dirFd, from, to) => renameat2(dirFd, from, dirFd, to, renameNoReplace),
    exchange: (one, other) => renameat2(atCwd, one, atCwd, other, renameExchange),
    setDescriptorModified: (fd, times) => futimens(fd, times),
    lock: (fd) => flock(fd, lockExclusiveNow),
  }
}

/** musl has it only since 1.2.6. */
function bindOptional<T>(bind: () => T): T | undefined {
  try {
    return bind()
  } catch {
    return undefined
  }
}

const scratch = [Buffer.allocUnsafeSlow(8192), Buffer.allocUnsafeSlow(8192)] as const

/** The bytes with their NUL, valid until the next call with the same slot. */
export function cString(bytes: Uint8Array, slot: 0 | 1 = 0): Buffer {
  if (bytes.length >= scratch[slot].length) throw systemError(36, 'path') // ENAMETOOLONG
  scratch[slot].set(bytes)
  scratch[slot][bytes.length] = 0
  return scratch[slot]
}
