import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lchownSync,
  linkSync,
  lutimesSync,
  openSync,
  renameSync,
  unlinkSync,
  utimesSync,
} from 'node:fs'
import type { NewFile, NewFileWish, WritableNode } from './file-system-calls.ts'
import type { NativeCalls, PortableDirectory } from './portable-directory.ts'
import { errorCode, systemError } from './system-error.ts'
import { temporaryName } from './temporary-name.ts'

const errnoNotSupported = 95

/** A node by its path, with Node's calls and what the platform adds. */
export class PortableNode implements WritableNode {
  protected readonly path: Buffer
  readonly #isLink: boolean
  readonly #native: NativeCalls | undefined

  constructor(path: Buffer, isLink: boolean, native: NativeCalls | undefined) {
    this.path = path
    this.#isLink = isLink
    this.#native = native
  }

  setOwner(uid: number, gid: number): void {
    if (this.#isLink) lchownSync(this.path, uid, gid)
    else chownSync(this.path, uid, gid)
  }

  setPermissions(permissions: number): void {
    if (!this.#isLink) chmodSync(this.path, permissions)
  }

  setModified(mtimeNs: bigint): void {
    if (this.#native !== undefined) {
      this.#native.setModified(this.path, mtimeNs)
      return
    }
    // Node takes seconds as a double, which holds microseconds for any date of a file.
    const seconds = Number(mtimeNs / 1000n) / 1e6
    if (this.#isLink) lutimesSync(this.path, seconds, seconds)
    else utimesSync(this.path, seconds, seconds)
  }

  setXattr(name: Uint8Array, value: Uint8Array): void {
    if (this.#native === undefined) throw systemError(errnoNotSupported, 'setxattr')
    this.#native.setXattr(this.path, name, value)
  }

  removeXattr(name: Uint8Array): void {
    if (this.#native === undefined) throw systemError(errnoNotSupported, 'removexattr')
    this.#native.removeXattr(this.path, name)
  }

  setFlags(): void {
    throw systemError(errnoNotSupported, 'chflags')
  }

  setProjectId(): void {
    throw systemError(errnoNotSupported, 'setprojid')
  }

  close(): void {}
}

/** A file under a temporary name in its folder, or at once under its own. */
export function createPortableFile(
  directory: PortableDirectory,
  native: NativeCalls | undefined,
  { name }: NewFileWish,
): NewFile {
  const path = directory.path(name ?? temporaryName())
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0)
  return new PortableNewFile(path, directory, { native, fd: openSync(path, flags, 0o600), hasName: name !== undefined })
}

interface PortableFileParts {
  readonly native: NativeCalls | undefined
  readonly fd: number
  readonly hasName: boolean
}

class PortableNewFile extends PortableNode implements NewFile {
  readonly fd: number
  readonly #directory: PortableDirectory
  readonly #hasName: boolean
  #isPublished = false

  constructor(path: Buffer, directory: PortableDirectory, { native, fd, hasName }: PortableFileParts) {
    super(path, false, native)
    this.fd = fd
    this.#directory = directory
    this.#hasName = hasName
  }

  publish(name: Uint8Array, how: 'new' | 'replace'): void {
    if (this.#hasName) {
      this.#isPublished = true
      return
    }
    const target = this.#directory.path(name)
    if (how === 'new' && this.#linkTo(target)) return
    renameSync(this.path, target)
    this.#isPublished = true
  }

  override close(): void {
    closeSync(this.fd)
    if (!this.#isPublished) unlinkSync(this.path)
  }

  /** A link never takes over a name, unlike a rename; the temporary name goes with `close`. */
  #linkTo(target: Buffer): boolean {
    try {
      linkSync(this.path, target)
      return true
    } catch (error) {
      if (errorCode(error) === 'EEXIST') throw error
      return false
    }
  }
}
