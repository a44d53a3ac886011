import { closeSync, constants, openSync, renameSync, unlinkSync } from 'node:fs'
import type { NewFile } from './file-system-calls.ts'
import type { LinuxDirectory } from './linux-directory.ts'
import { atCwd, atSymlinkFollow, cString, type LinuxLibrary } from './linux-library.ts'
import { LinuxNode } from './linux-node.ts'
import { errorCode } from './system-error.ts'
import { temporaryName } from './temporary-name.ts'

/** __O_TMPFILE | O_DIRECTORY of asm-generic/fcntl.h. */
const openUnnamed = 0o20000000 | constants.O_DIRECTORY

/** The kernel or the file system (NFS, FAT, FUSE) knows no files without a name. */
const noUnnamed = new Set(['EOPNOTSUPP', 'ENOTSUP', 'EISDIR', 'EINVAL', 'ENOENT'])

/** O_TMPFILE where it works: should the process be killed, nothing is left behind. Else a temporary name. */
export function createLinuxFile(library: LinuxLibrary, directory: LinuxDirectory): NewFile {
  try {
    const fd = openSync(directory.path(Buffer.from('.')), openUnnamed | constants.O_RDWR, 0o600)
    return new LinuxNewFile(library, directory, fd, undefined)
  } catch (error) {
    if (!noUnnamed.has(errorCode(error) ?? '')) throw error
  }
  const name = temporaryName()
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  return new LinuxNewFile(library, directory, openSync(directory.path(name), flags, 0o600), name)
}

class LinuxNewFile extends LinuxNode implements NewFile {
  readonly fd: number
  readonly #directory: LinuxDirectory
  /** The temporary name that is to be gone at the end. */
  #name: Buffer | undefined

  constructor(library: LinuxLibrary, directory: LinuxDirectory, fd: number, name: Buffer | undefined) {
    super(library, Buffer.from(`/proc/self/fd/${fd}`), true)
    this.fd = fd
    this.#directory = directory
    this.#name = name
  }

  publish(name: Uint8Array, how: 'new' | 'replace'): void {
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
