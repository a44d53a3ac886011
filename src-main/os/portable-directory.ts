import {
  closeSync,
  constants,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { sep } from 'node:path'
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
import { createPortableFile, PortableNode } from './portable-node.ts'
import { statusOf } from './portable-status.ts'
import { systemError } from './system-error.ts'

/** What a platform adds to Node's own calls. Paths are bytes without NUL; links are not followed. */
export interface NativeCalls {
  xattrs(path: Uint8Array): NodeAttributes['xattrs']
  setXattr(path: Uint8Array, name: Uint8Array, value: Uint8Array): void
  removeXattr(path: Uint8Array, name: Uint8Array): void
  setModified(path: Uint8Array, mtimeNs: bigint): void
  makeNode(path: Uint8Array, node: NewNode): void
}

const noAttributes: NodeAttributes = { xattrs: [], flags: 0, projectId: 0 }
const ordinary: FileSystemKind = { isVirtual: false, hasFlags: false, hasSubvolumes: false }
const errnoNotSupported = 95

/**
 * A directory by its path. Whether a child is a link is looked at before each step down, but a link that is put there
 * in the same moment would be followed: only Linux does better.
 */
export class PortableDirectory implements Directory {
  readonly #path: Buffer
  readonly #native: NativeCalls | undefined

  constructor(path: Uint8Array, native: NativeCalls | undefined) {
    this.#path = Buffer.from(path)
    this.#native = native
  }

  names(): Buffer[] {
    return readdirSync(this.#path, { encoding: 'buffer' }).sort(Buffer.compare)
  }

  status(): NodeStatus {
    return statusOf(lstatSync(this.path(dot), { bigint: true }))
  }

  lstat(name: Uint8Array): NodeStatus {
    return statusOf(lstatSync(this.path(name), { bigint: true }))
  }

  readLink(name: Uint8Array): Buffer {
    return readlinkSync(this.path(name), { encoding: 'buffer' })
  }

  openDirectory(name: Uint8Array): Directory {
    const path = this.path(name)
    if (!lstatSync(path).isDirectory()) throw systemError(20, 'open') // ENOTDIR
    return new PortableDirectory(path, this.#native)
  }

  openParent(): Directory {
    return new PortableDirectory(this.path(Buffer.from('..')), this.#native)
  }

  openFile(name: Uint8Array): number {
    // Windows has neither flag; Node leaves them undefined there.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    return openSync(this.path(name), flags)
  }

  attributes(name: Uint8Array | undefined, _kind: NodeKind, wish: AttributeWish): NodeAttributes {
    if (!wish.xattrs || this.#native === undefined) return noAttributes
    return { ...noAttributes, xattrs: this.#native.xattrs(this.path(name ?? dot)) }
  }

  fileSystem(): FileSystemKind {
    return ordinary
  }

  makeDirectory(name: Uint8Array, permissions: number): void {
    mkdirSync(this.path(name), { mode: permissions })
  }

  makeSymlink(name: Uint8Array, target: Uint8Array): void {
    symlinkSync(Buffer.from(target), this.path(name))
  }

  makeNode(name: Uint8Array, node: NewNode): void {
    if (this.#native === undefined) throw systemError(errnoNotSupported, 'mknod')
    this.#native.makeNode(this.path(name), node)
  }

  link(from: Directory, fromName: Uint8Array, name: Uint8Array): void {
    linkSync(portableDirectory(from).path(fromName), this.path(name))
  }

  rename(name: Uint8Array, to: Directory, toName: Uint8Array): void {
    renameSync(this.path(name), portableDirectory(to).path(toName))
  }

  unlink(name: Uint8Array): void {
    unlinkSync(this.path(name))
  }

  removeDirectory(name: Uint8Array): void {
    rmdirSync(this.path(name))
  }

  renameNew(name: Uint8Array, toName: Uint8Array): void {
    if (lstatSync(this.path(toName), { throwIfNoEntry: false }) !== undefined) throw systemError(17, 'rename') // EEXIST
    renameSync(this.path(name), this.path(toName))
  }

  createFile(wish: NewFileWish = {}): NewFile {
    return createPortableFile(this, this.#native, wish)
  }

  openNode(name: Uint8Array | undefined, kind: NodeKind): WritableNode {
    return new PortableNode(this.path(name ?? dot), kind === 'symlink', this.#native)
  }

  /** Node has no call for a whole file system; on what the operating system does by itself we rely. */
  sync(): void {}

  async syncInBackground(): Promise<void> {}

  lock(): boolean {
    return false
  }

  close(): void {}

  path(name: Uint8Array): Buffer {
    return Buffer.concat([this.#path, Buffer.from(sep), name])
  }
}

const dot = Buffer.from('.')

function portableDirectory(directory: Directory): PortableDirectory {
  if (directory instanceof PortableDirectory) return directory
  throw new TypeError('a directory of another platform')
}

/** As a caller may: fails like the real thing when the path is no directory. */
export function openPortableDirectory(path: Uint8Array, native: NativeCalls | undefined): PortableDirectory {
  closeSync(openSync(Buffer.from(path), constants.O_RDONLY | (constants.O_DIRECTORY ?? 0)))
  return new PortableDirectory(path, native)
}
