import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import type {
  AttributeWish,
  Directory,
  FileSystemKind,
  NewFile,
  NewFileWish,
  NewNode,
  NodeAttributes,
  NodeKind,
  NodeStatus,
  WritableNode,
} from './file-system-calls.ts'
import { readLinuxAttributes, readSubvolume } from './linux-attributes.ts'
import { atEmptyPath, atSymlinkNoFollow, cString, type LinuxLibrary } from './linux-library.ts'
import { createLinuxFile } from './linux-new-file.ts'
import { LinuxNode, openPathNode } from './linux-node.ts'
import { readStatx, statxBytes } from './linux-status.ts'
import { errorCode, systemError } from './system-error.ts'
import { btrfs, flagFileSystems, virtualFileSystems } from './virtual-file-systems.ts'

export interface LinuxContext {
  readonly library: LinuxLibrary
  readonly canReadFlags: boolean
  /** Of this process, read once: reading it means setting it for a moment. */
  readonly umask: number
}

const statxBuffer = Buffer.allocUnsafeSlow(statxBytes)
const statxView = new DataView(statxBuffer.buffer, statxBuffer.byteOffset, statxBytes)
const noName = Buffer.alloc(0)

const typeBits = { fifo: 0o010000, 'char-device': 0o020000, 'block-device': 0o060000, socket: 0o140000 } as const

/** A directory by its descriptor; children are addressed as `/proc/self/fd/N/name`. */
export class LinuxDirectory implements Directory {
  readonly fd: number
  readonly #context: LinuxContext
  /** `/proc/self/fd/N/` */
  readonly #prefix: Buffer
  #fileSystem: FileSystemKind | undefined
  #ownerOfNew: { readonly uid: number; readonly gid: number } | undefined

  constructor(context: LinuxContext, fd: number) {
    this.#context = context
    this.fd = fd
    this.#prefix = Buffer.from(`/proc/self/fd/${fd}/`)
  }

  names(): Buffer[] {
    return readdirSync(this.#prefix, { encoding: 'buffer' }).sort(Buffer.compare)
  }

  status(): NodeStatus {
    this.#context.library.statx(this.fd, cString(noName), atEmptyPath, statxBuffer)
    return readStatx(statxBuffer, statxView)
  }

  lstat(name: Uint8Array): NodeStatus {
    this.#context.library.statx(this.fd, cString(name), atSymlinkNoFollow, statxBuffer)
    return readStatx(statxBuffer, statxView)
  }

  readLink(name: Uint8Array): Buffer {
    return readlinkSync(this.path(name), { encoding: 'buffer' })
  }

  openDirectory(name: Uint8Array): Directory {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
    return new LinuxDirectory(this.#context, openQuietly(this.path(name), flags))
  }

  openParent(): Directory {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY
    return new LinuxDirectory(this.#context, openQuietly(this.path(Buffer.from('..')), flags))
  }

  openFile(name: Uint8Array): number {
    // O_NONBLOCK: should it have become a fifo meanwhile, opening must not wait for a writer.
    return openQuietly(this.path(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  }

  attributes(name: Uint8Array | undefined, kind: NodeKind, wish: AttributeWish): NodeAttributes {
    const flags = wish.flags && this.#context.canReadFlags && this.fileSystem().hasFlags
    const path = this.path(name ?? dot)
    const attributes = readLinuxAttributes(this.#context.library, path, kind, { xattrs: wish.xattrs, flags })
    if (!flags || kind !== 'directory' || !this.fileSystem().hasSubvolumes) return attributes
    return { ...attributes, subvolume: readSubvolume(this.#context.library, path) }
  }

  fileSystem(): FileSystemKind {
    if (this.#fileSystem === undefined) {
      // f_type is a signed long: SELinux's magic comes out negative where long is 32 bits.
      const type = statfsSync(this.#prefix).type >>> 0
      this.#fileSystem = {
        isVirtual: virtualFileSystems.has(type),
        hasFlags: flagFileSystems.has(type),
        hasSubvolumes: type === btrfs,
      }
    }
    return this.#fileSystem
  }

  makeDirectory(name: Uint8Array, permissions: number): void {
    mkdirSync(this.path(name), { mode: permissions })
  }

  makeSymlink(name: Uint8Array, target: Uint8Array): void {
    symlinkSync(Buffer.from(target), this.path(name))
  }

  makeNode(name: Uint8Array, node: NewNode): void {
    const device = 'major' in node ? deviceNumber(node.major, node.minor) : 0n
    this.#context.library.makeNode(this.fd, cString(name), typeBits[node.kind] | node.permissions, device)
  }

  link(from: Directory, fromName: Uint8Array, name: Uint8Array): void {
    const fromFd = linuxDirectory(from).fd
    this.#context.library.link(fromFd, cString(fromName), this.fd, cString(name, 1), 0)
  }

  rename(name: Uint8Array, to: Directory, toName: Uint8Array): void {
    renameSync(this.path(name), linuxDirectory(to).path(toName))
  }

  unlink(name: Uint8Array): void {
    unlinkSync(this.path(name))
  }

  removeDirectory(name: Uint8Array): void {
    rmdirSync(this.path(name))
  }

  renameNew(name: Uint8Array, toName: Uint8Array): void {
    try {
      this.#context.library.renameNew(this.fd, cString(name), cString(toName, 1))
    } catch (error) {
      if (!['EINVAL', 'ENOSYS'].includes(errorCode(error) ?? '')) throw error
      if (lstatSync(this.path(toName), { throwIfNoEntry: false }) !== undefined) throw systemError(17, 'rename') // EEXIST
      renameSync(this.path(name), this.path(toName))
    }
  }

  createFile(wish: NewFileWish = {}): NewFile {
    return createLinuxFile(this.#context, this, wish)
  }

  /** What files get that are made here: this process and, in a set-gid directory, the directory's group. Asked once. */
  ownerOfNew(fd: number): { readonly uid: number; readonly gid: number } {
    if (this.#ownerOfNew === undefined) {
      const { uid, gid } = fstatSync(fd)
      this.#ownerOfNew = { uid, gid }
    }
    return this.#ownerOfNew
  }

  openNode(name: Uint8Array | undefined, kind: NodeKind): WritableNode {
    const { library } = this.#context
    if (name === undefined) return new LinuxNode(library, Buffer.from(`/proc/self/fd/${this.fd}`), true)
    // A link cannot be opened; the calls that do not follow it take its path.
    if (kind === 'symlink') return new LinuxNode(library, this.path(name), false)
    return openPathNode(library, this.path(name))
  }

  sync(): void {
    this.#context.library.syncFileSystem(this.fd)
  }

  syncInBackground(): Promise<void> {
    return this.#context.library.syncFileSystemInBackground(this.fd)
  }

  lock(): boolean {
    try {
      this.#context.library.lock(this.fd)
      return true
    } catch {
      return false
    }
  }

  close(): void {
    closeSync(this.fd)
  }

  path(name: Uint8Array): Buffer {
    const path = Buffer.allocUnsafe(this.#prefix.length + name.length)
    path.set(this.#prefix)
    path.set(name, this.#prefix.length)
    return path
  }
}

const dot = Buffer.from('.')

/** Two directories of one call come from one platform. */
function linuxDirectory(directory: Directory): LinuxDirectory {
  if (directory instanceof LinuxDirectory) return directory
  throw new TypeError('a directory of another platform')
}

/** O_NOATIME is for the owner and root only: others are refused, and then read as usual. */
function openQuietly(path: Buffer, flags: number): number {
  try {
    return openSync(path, flags | constants.O_NOATIME)
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error
    return openSync(path, flags)
  }
}

/** makedev of sys/sysmacros.h. */
function deviceNumber(major: bigint, minor: bigint): bigint {
  return ((major & 0xfffff000n) << 32n) | ((major & 0xfffn) << 8n) | ((minor & 0xffffff00n) << 12n) | (minor & 0xffn)
}
