import { closeSync, constants, fchmodSync, openSync, renameSync, unlinkSync } from 'node:fs'
import type { NewFile, NewFileWish } from './file-system-calls.ts'
import type { LinuxContext, LinuxDirectory } from './linux-directory.ts'
import { atCwd, atSymlinkFollow, cString, type LinuxLibrary } from './linux-library.ts'
import { LinuxNode, timesOf } from './linux-node.ts'
import { errorCode } from './system-error.ts'
import { temporaryName } from './temporary-name.ts'
import { accessAclName } from './xattr-names.ts'

/** __O_TMPFILE | O_DIRECTORY of asm-generic/fcntl.h. */
const openUnnamed = 0o20000000 | constants.O_DIRECTORY
const openNamed = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
/** For as long as it has a name that others see while it is not whole. */
const privateMode = 0o600

/** The kernel or the file system (NFS, FAT, FUSE) knows no files without a name. */
const noUnnamed = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EISDIR', 'EINVAL', 'ENOENT'])

/** O_TMPFILE where it works: should the process be killed, nothing is left behind. Else a temporary name. */
export function createLinuxFile(context: LinuxContext, directory: LinuxDirectory, wish: NewFileWish): NewFile {
  const { library, umask } = context
  const mode = initialMode(wish.permissions, umask)
  if (wish.name !== undefined) {
    const fd = openSync(directory.path(wish.name), openNamed, mode)
    return new LinuxNewFile(library, directory, { fd, mode, name: Buffer.from(wish.name), isFinal: true })
  }
  try {
    const fd = openSync(directory.path(dot), openUnnamed | constants.O_RDWR, mode)
    return new LinuxNewFile(library, directory, { fd, mode, name: undefined, isFinal: false })
  } catch (error) {
    if (!noUnnamed.has(errorCode(error) ?? '')) throw error
  }
  const name = temporaryName()
  const fd = openSync(directory.path(name), openNamed, privateMode)
  return new LinuxNewFile(library, directory, { fd, mode: privateMode, name, isFinal: false })
}

const dot = Buffer.from('.')

/** A mode that open gives exactly as it is asked for: what the umask would take away is left to a later call. */
function initialMode(permissions: number | undefined, umask: number): number {
  return permissions === undefined || (permissions & umask) !== 0 ? privateMode : permissions & 0o777
}

interface NewFileParts {
  readonly fd: number
  readonly mode: number
  /** The name it has by now. */
  readonly name: Buffer | undefined
  /** That name is to stay. */
  readonly isFinal: boolean
}

class LinuxNewFile extends LinuxNode implements NewFile {
  readonly fd: number
  readonly #directory: LinuxDirectory
  readonly #isFinal: boolean
  /** The name that is to be gone at the end. */
  #name: Buffer | undefined
  /** As long as it is known. */
  #mode: number | undefined

  constructor(library: LinuxLibrary, directory: LinuxDirectory, { fd, mode, name, isFinal }: NewFileParts) {
    super(library, Buffer.from(`/proc/self/fd/${fd}`), true)
    this.fd = fd
    this.#directory = directory
    this.#mode = mode
    this.#name = name
    this.#isFinal = isFinal
  }

  override setOwner(uid: number, gid: number): void {
    const owner = this.#directory.ownerOfNew(this.fd)
    if (owner.uid !== uid || owner.gid !== gid) super.setOwner(uid, gid)
  }

  override setPermissions(permissions: number): void {
    if (this.#mode === permissions) return
    fchmodSync(this.fd, permissions)
    this.#mode = permissions
  }

  override setModified(mtimeNs: bigint): void {
    this.library.setDescriptorModified(this.fd, timesOf(mtimeNs))
  }

  override setXattr(name: Uint8Array, value: Uint8Array): void {
    super.setXattr(name, value)
    if (accessAclName.equals(name)) this.#mode = undefined
  }

  override removeXattr(name: Uint8Array): void {
    this.#mode = undefined
    super.removeXattr(name)
  }

  publish(name: Uint8Array, how: 'new' | 'replace'): void {
    if (this.#isFinal) {
      this.#name = undefined
      return
    }
    if (how === 'new' && this.#linkTo(name)) return
    if (this.#name === undefined) {
      const temporary = temporaryName()
      this.library.link(atCwd, cString(this.path), this.#directory.fd, cString(temporary, 1), atSymlinkFollow)
      this.#name = temporary
    }
    renameSync(this.#directory.path(this.#name), this.#directory.path(name))
    this.#name = undefined
  }

  override close(): void {
    if (this.#name !== undefined) {
      try {
        unlinkSync(this.#directory.path(this.#name))
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error
      }
      this.#name = undefined
    }
    closeSync(this.fd)
  }

  /** A link never takes over a name, unlike a rename. False where the file system has no links, and the name is free. */
  #linkTo(name: Uint8Array): boolean {
    try {
      this.library.link(atCwd, cString(this.path), this.#directory.fd, cString(name, 1), atSymlinkFollow)
      return true
    } catch (error) {
      const code = errorCode(error) ?? ''
      if (this.#name === undefined || !['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(code)) throw error
      return false
    }
  }
}
