import { chmodSync, constants } from 'node:fs'
import type { WritableNode } from './file-system-calls.ts'
import {
  fsXattrBytes,
  getFlagsRequest,
  getFsXattrRequest,
  projectIdOffset,
  setFlagsRequest,
  setFsXattrRequest,
} from './linux-attributes.ts'
import { atSymlinkNoFollow, cString, type LinuxLibrary } from './linux-library.ts'

/** O_PATH of asm-generic/fcntl.h: a handle on a node of any kind, without opening it. */
const openPath = 0o10000000

/**
 * The flags that archives keep (spec pbs §7.6). The rest, such as how ext4 lays out the file, belongs to the file system:
 * taking that away makes it refuse the call.
 */
const settableFlags = 0x208104fc
/** UTIME_OMIT: leaves the access time as it is. */
const omitTime = 0x3ffffffen

const times = Buffer.alloc(32)
const ioctlBuffer = Buffer.alloc(32)

/**
 * A node by `/proc/self/fd/N`, which is followed to exactly that node, or a link by its own path, which is not followed.
 */
export class LinuxNode implements WritableNode {
  protected readonly library: LinuxLibrary
  protected readonly path: Buffer
  readonly #follow: boolean
  readonly #ownFd: number | undefined

  constructor(library: LinuxLibrary, path: Buffer, follow: boolean, ownFd?: number) {
    this.library = library
    this.path = path
    this.#follow = follow
    this.#ownFd = ownFd
  }

  setOwner(uid: number, gid: number): void {
    this.library.setOwner(cString(this.path), uid, gid, this.#follow ? 0 : atSymlinkNoFollow)
  }

  setPermissions(permissions: number): void {
    // Linux has no permissions on links.
    if (this.#follow) chmodSync(this.path, permissions)
  }

  setModified(mtimeNs: bigint): void {
    this.library.setModified(cString(this.path), timesOf(mtimeNs), this.#follow ? 0 : atSymlinkNoFollow)
  }

  setXattr(name: Uint8Array, value: Uint8Array): void {
    this.library.setXattr(cString(this.path), cString(name, 1), value, this.#follow)
  }

  removeXattr(name: Uint8Array): void {
    this.library.removeXattr(cString(this.path), cString(name, 1), this.#follow)
  }

  setFlags(flags: number): void {
    this.#withDescriptor((fd) => {
      this.library.ioctl(fd, getFlagsRequest, ioctlBuffer)
      const kept = ioctlBuffer.readUInt32LE(0) & ~settableFlags
      ioctlBuffer.writeUInt32LE((kept | (flags & settableFlags)) >>> 0, 0)
      this.library.ioctl(fd, setFlagsRequest, ioctlBuffer)
    })
  }

  setProjectId(id: number): void {
    this.#withDescriptor((fd) => {
      const data = Buffer.alloc(fsXattrBytes)
      this.library.ioctl(fd, getFsXattrRequest, data)
      data.writeUInt32LE(id, projectIdOffset)
      this.library.ioctl(fd, setFsXattrRequest, data)
    })
  }

  close(): void {
    if (this.#ownFd !== undefined) this.library.close(this.#ownFd)
  }

  /** ioctl needs a descriptor that is really open, which those of O_PATH are not. */
  #withDescriptor(work: (fd: number) => void): void {
    const fd = this.library.open(cString(this.path), constants.O_RDONLY | constants.O_NONBLOCK, 0)
    try {
      work(fd)
    } finally {
      this.library.close(fd)
    }
  }
}

/** As utimensat and futimens take them; valid until the next call. */
export function timesOf(mtimeNs: bigint): Buffer {
  const nanoseconds = ((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  times.writeBigInt64LE(0n, 0)
  times.writeBigInt64LE(omitTime, 8)
  times.writeBigInt64LE((mtimeNs - nanoseconds) / 1_000_000_000n, 16)
  times.writeBigInt64LE(nanoseconds, 24)
  return times
}

export function openPathNode(library: LinuxLibrary, path: Buffer): LinuxNode {
  const fd = library.open(cString(path), openPath | constants.O_NOFOLLOW, 0)
  return new LinuxNode(library, Buffer.from(`/proc/self/fd/${fd}`), true, fd)
}
