import { loadDarwinCalls } from './darwin-native.ts'
import type { FileSystemCalls } from './file-system-calls.ts'
import { openLinuxCalls } from './linux-calls.ts'
import { openOwnerNames } from './owner-names.ts'
import { type NativeCalls, openPortableDirectory } from './portable-directory.ts'

/** The best that this platform offers. Cheap, but call it once a thread and hand the result on. */
export function openFileSystemCalls(): FileSystemCalls {
  if (process.platform === 'linux') return openLinuxCalls() ?? openPortableCalls()
  if (process.platform === 'darwin') return openPortableCalls(tryDarwinCalls())
  return openPortableCalls()
}

/** Node's own calls, and what the platform adds. What they cannot do fails with ENOTSUP. */
export function openPortableCalls(native?: NativeCalls): FileSystemCalls {
  const isRoot = process.geteuid?.() === 0
  return {
    capabilities: {
      xattrs: native !== undefined,
      acls: false,
      flags: false,
      deviceNodes: native !== undefined && isRoot,
      fifos: native !== undefined,
      owners: isRoot,
      nanoseconds: native !== undefined,
      anchored: false,
      mounts: process.platform !== 'win32',
    },
    owners: openOwnerNames(),
    openDirectory: (path) => openPortableDirectory(path, native),
  }
}

function tryDarwinCalls(): NativeCalls | undefined {
  try {
    return loadDarwinCalls()
  } catch {
    return undefined
  }
}
