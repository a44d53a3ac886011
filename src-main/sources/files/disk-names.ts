import type { Directory, NodeStatus } from '../../os/file-system-calls.ts'
import { errorCode } from '../../os/system-error.ts'

/** What is at a name, if anything. */
export function lookUp(directory: Directory, name: Uint8Array): NodeStatus | undefined {
  try {
    return directory.lstat(name)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** `path` and below it `name`; the path of the root is empty. */
export function childPath(path: Buffer, name: Uint8Array): Buffer {
  const joined = Buffer.allocUnsafe(path.length + 1 + name.length)
  joined.set(path)
  joined[path.length] = 0x2f
  joined.set(name, path.length + 1)
  return joined
}
