import { bindCalls } from './bind-calls.ts'
import type { NewNode, NodeAttributes } from './file-system-calls.ts'
import type { NativeCalls } from './portable-directory.ts'
import { errorCode, systemError } from './system-error.ts'

/** sys/xattr.h, sys/fcntl.h and sys/stat.h of macOS. */
const noFollowXattr = 0x0001
const atCwd = -2
const atSymlinkNoFollow = 0x20
const utimeOmit = -2n
const typeBits = { 'char-device': 0o020000, 'block-device': 0o060000 } as const
const errnoNotSupported = 45

/**
 * macOS names attributes freely (`com.apple.quarantine`); archives keep only `user.*` (spec pbs §7.3). So they travel with
 * that prefix, which an attribute that has it already keeps single.
 */
const prefix = Buffer.from('user.')

const listBuffer = Buffer.allocUnsafeSlow(65_536)
const valueBuffer = Buffer.allocUnsafeSlow(65_536)

/** Extended attributes, exact times, fifos and device nodes on macOS. Throws if the C library lacks a call. */
export function loadDarwinCalls(): NativeCalls {
  const bind = bindCalls('libSystem.B.dylib')
  const bytes = 'const void *'
  const listxattr = bind('listxattr', 'intptr_t', [bytes, 'void *', 'size_t', 'int'])
  const getxattr = bind('getxattr', 'intptr_t', [bytes, bytes, 'void *', 'size_t', 'uint32_t', 'int'])
  const setxattr = bind('setxattr', 'int', [bytes, bytes, bytes, 'size_t', 'uint32_t', 'int'])
  const removexattr = bind('removexattr', 'int', [bytes, bytes, 'int'])
  const utimensat = bind('utimensat', 'int', ['int', bytes, bytes, 'int'])
  const mkfifo = bind('mkfifo', 'int', [bytes, 'uint16_t'])
  const mknod = bind('mknod', 'int', [bytes, 'uint16_t', 'int32_t'])

  const value = (path: Buffer, name: Buffer): Buffer | undefined => {
    try {
      const length = getxattr(path, terminated(name), valueBuffer, valueBuffer.length, 0, noFollowXattr)
      return Buffer.from(valueBuffer.subarray(0, length))
    } catch (error) {
      // Gone since it was listed, or a resource fork that is larger than an archive's attribute may be.
      if (['ENODATA', 'ENOATTR', 'ERANGE'].includes(errorCode(error) ?? '')) return undefined
      throw error
    }
  }
  return {
    xattrs: (path) => {
      const at = terminated(path)
      let length: number
      try {
        length = listxattr(at, listBuffer, listBuffer.length, noFollowXattr)
      } catch (error) {
        if (['ENOTSUP', 'EPERM', 'EINVAL'].includes(errorCode(error) ?? '')) return []
        throw error
      }
      const found: NodeAttributes['xattrs'][number][] = []
      const list = Buffer.from(listBuffer.subarray(0, length))
      for (let begin = 0; begin < length; ) {
        const end = list.indexOf(0, begin)
        if (end < 0) break
        const name = list.subarray(begin, end)
        begin = end + 1
        const content = value(at, name)
        if (content !== undefined) found.push({ name: archiveName(name), value: content })
      }
      return found
    },
    setXattr: (path, name, content) =>
      void setxattr(terminated(path), terminated(localName(name)), content, content.length, 0, noFollowXattr),
    removeXattr: (path, name) => void removexattr(terminated(path), terminated(localName(name)), noFollowXattr),
    setModified: (path, mtimeNs) => {
      const nanoseconds = ((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
      const times = Buffer.alloc(32)
      times.writeBigInt64LE(utimeOmit, 8)
      times.writeBigInt64LE((mtimeNs - nanoseconds) / 1_000_000_000n, 16)
      times.writeBigInt64LE(nanoseconds, 24)
      utimensat(atCwd, terminated(path), times, atSymlinkNoFollow)
    },
    makeNode: (path: Uint8Array, node: NewNode) => {
      if ('major' in node) {
        const device = Number((node.major << 24n) | node.minor)
        mknod(terminated(path), typeBits[node.kind] | node.permissions, device)
      } else if (node.kind === 'fifo') mkfifo(terminated(path), node.permissions)
      else throw systemError(errnoNotSupported, 'mknod')
    },
  }
}

function archiveName(name: Buffer): Buffer {
  return name.subarray(0, prefix.length).equals(prefix) ? name : Buffer.concat([prefix, name])
}

function localName(name: Uint8Array): Uint8Array {
  return prefix.equals(name.subarray(0, prefix.length)) ? name.subarray(prefix.length) : name
}

function terminated(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(1)])
}
