import koffi from 'koffi'
import { atCwd } from './linux-library.ts'
import { errorCode, systemError } from './system-error.ts'

/** RENAME_EXCHANGE of linux/fs.h and RENAME_SWAP of sys/stdio.h, which happen to be the same number. */
const exchange = 2
/** The kernel, or the file system (NFS, FAT, older ZFS), cannot. */
const unable = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

type Exchange = (one: Buffer, other: Buffer) => number

let known: { readonly call: Exchange | undefined } | undefined

/**
 * Gives two folders of one file system each other's names at once: nobody ever sees one of the names without a folder,
 * not even after a crash. False, with nothing changed, where that cannot be done.
 */
export function exchangeFolders(one: string, other: string): boolean {
  known ??= { call: bindExchange() }
  if (known.call === undefined) return false
  if (known.call(Buffer.from(`${one}\0`), Buffer.from(`${other}\0`)) === 0) return true
  const error = systemError(koffi.errno(), 'rename')
  if (unable.has(errorCode(error) ?? '')) return false
  throw error
}

function bindExchange(): Exchange | undefined {
  try {
    if (process.platform === 'linux') {
      const call = koffi.load(null).func('renameat2', 'int', ['int', 'const void *', 'int', 'const void *', 'uint32_t'])
      return (one, other) => Number(call(atCwd, one, atCwd, other, exchange))
    }
    if (process.platform === 'darwin') {
      const call = koffi
        .load('libSystem.B.dylib')
        .func('renamex_np', 'int', ['const void *', 'const void *', 'uint32_t'])
      return (one, other) => Number(call(one, other, exchange))
    }
  } catch {
    // An older C library: two renames do, with more to put right after a crash.
  }
  return undefined
}
