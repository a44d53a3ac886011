import { closeSync, constants, lstatSync, openSync } from 'node:fs'
import type { FileSystemCalls } from './file-system-calls.ts'
import { type LinuxContext, LinuxDirectory } from './linux-directory.ts'
import { loadLinuxLibrary } from './linux-library.ts'
import { openOwnerNames } from './owner-names.ts'

/** FS_IOC_GETFLAGS is another number on POWER, MIPS and SPARC. */
const flagArchitectures: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64']

/**
 * File system calls for Linux. Everything below the first directory is addressed as `/proc/self/fd/N/name`, so paths may
 * be deeper than PATH_MAX and a directory that is swapped for a link leads nowhere. `undefined` where that cannot work:
 * no /proc, or a C library that is too old.
 */
export function openLinuxCalls(): FileSystemCalls | undefined {
  if (!hasProc()) return undefined
  let context: LinuxContext
  try {
    context = {
      library: loadLinuxLibrary(),
      canReadFlags: flagArchitectures.includes(process.arch),
      umask: process.umask(),
    }
  } catch {
    return undefined
  }
  return {
    capabilities: {
      xattrs: true,
      acls: true,
      flags: context.canReadFlags,
      deviceNodes: process.geteuid?.() === 0,
      fifos: true,
      owners: process.geteuid?.() === 0,
      nanoseconds: true,
      anchored: true,
      mounts: true,
    },
    owners: openOwnerNames(),
    openDirectory: (path) =>
      new LinuxDirectory(context, openSync(Buffer.from(path), constants.O_RDONLY | constants.O_DIRECTORY)),
  }
}

function hasProc(): boolean {
  try {
    const fd = openSync('/', constants.O_RDONLY | constants.O_DIRECTORY)
    try {
      return lstatSync(`/proc/self/fd/${fd}/.`).ino === lstatSync('/').ino
    } finally {
      closeSync(fd)
    }
  } catch {
    return false
  }
}
