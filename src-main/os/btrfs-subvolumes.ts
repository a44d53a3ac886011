import { closeSync, constants, openSync } from 'node:fs'
import { bytesToPathText, pathTextToBytes } from '../../src-shared/model/path-text.ts'
import {
  btrfsRequest,
  type ChildReference,
  decodeChildren,
  decodeInfo,
  decodePathOfChild,
  encodeChildren,
  encodeDestroy,
  encodeFlags,
  encodePathOfChild,
  encodeSnapshot,
  type SubvolumeInfo,
  subvolumeInfoBytes,
} from './btrfs-messages.ts'
import { type LinuxLibrary, loadLinuxLibrary } from './linux-library.ts'
import { errorCode } from './system-error.ts'

/**
 * Subvolumes of Btrfs, as its own program has them. Paths are path text. A failed call throws an `Error` with Node's `code`;
 * ENOTTY is said of every other file system.
 */
export interface BtrfsCalls {
  /** Of the subvolume that a folder lies in. */
  info(folder: string): SubvolumeInfo
  /** Subvolumes directly inside of the one whose top this is, by their paths from there (`/a/b`); at most so many. */
  children(top: string, limit: number): string[]
  /** A read-only snapshot of the subvolume whose top this is, as `folder/name`. It holds all that was written before. */
  snapshot(top: string, folder: string, name: string): Promise<void>
  /** Removes such a snapshot; its blocks are freed later. ENOENT if it is not there. */
  remove(folder: string, name: string): Promise<void>
}

/** Ioctls have other numbers on POWER, MIPS and SPARC. */
const architectures: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64']
/** Removed since it was listed, or in a folder that this person may not look into, as the walk may not. */
const outOfReach = new Set(['ENOENT', 'EACCES', 'EPERM'])

/** `undefined` where there is no Btrfs to be spoken to. */
export function openBtrfsCalls(): BtrfsCalls | undefined {
  if (process.platform !== 'linux' || !architectures.includes(process.arch)) return undefined
  try {
    return btrfsCalls(loadLinuxLibrary())
  } catch {
    return undefined
  }
}

function btrfsCalls(library: LinuxLibrary): BtrfsCalls {
  return {
    info(folder) {
      return withFolder(folder, (fd) => {
        const message = Buffer.alloc(subvolumeInfoBytes)
        library.ioctl(fd, btrfsRequest.info, message)
        return decodeInfo(message)
      })
    },
    children(top, limit) {
      return withFolder(top, (fd) => {
        const paths: string[] = []
        for (const child of childReferences(library, fd)) {
          if (paths.length >= limit) break
          const path = pathOfChild(library, fd, child)
          if (path !== undefined) paths.push(`/${path}`)
        }
        return paths
      })
    },
    async snapshot(top, folder, name) {
      const [from, into] = [openFolder(top), openFolder(folder)]
      try {
        await library.ioctlInBackground(into, btrfsRequest.snapshotCreate, encodeSnapshot(from, name))
      } finally {
        closeSync(from)
        closeSync(into)
      }
    },
    async remove(folder, name) {
      const into = openFolder(folder)
      try {
        // Who is not root may remove only what can be written to.
        if (process.geteuid?.() !== 0)
          withFolder(`${folder}/${name}`, (fd) =>
            library.ioctl(fd, btrfsRequest.setFlags, encodeFlags({ readOnly: false })),
          )
        await library.ioctlInBackground(into, btrfsRequest.snapshotDestroy, encodeDestroy(name))
      } finally {
        closeSync(into)
      }
    },
  }
}

function* childReferences(library: LinuxLibrary, fd: number): Generator<ChildReference> {
  let from = 0n
  for (;;) {
    const message = encodeChildren(from)
    let hasMore = false
    try {
      library.ioctl(fd, btrfsRequest.children, message)
    } catch (error) {
      if (errorCode(error) !== 'EOVERFLOW') throw error // the message is full, and there are more
      hasMore = true
    }
    const { references, next } = decodeChildren(message)
    yield* references
    if (!hasMore || next <= from) return
    from = next
  }
}

function pathOfChild(library: LinuxLibrary, fd: number, child: ChildReference): string | undefined {
  const message = encodePathOfChild(child)
  try {
    library.ioctl(fd, btrfsRequest.pathOfChild, message)
    return bytesToPathText(decodePathOfChild(message))
  } catch (error) {
    if (outOfReach.has(errorCode(error) ?? '')) return undefined
    throw error
  }
}

function withFolder<T>(path: string, work: (fd: number) => T): T {
  const fd = openFolder(path)
  try {
    return work(fd)
  } finally {
    closeSync(fd)
  }
}

function openFolder(path: string): number {
  return openSync(Buffer.from(pathTextToBytes(path)), constants.O_RDONLY | constants.O_DIRECTORY)
}
