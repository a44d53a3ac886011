import { bindCalls } from './bind-calls.ts'
import { loadLinuxLibrary } from './linux-library.ts'
import { errorCode } from './system-error.ts'

/** RENAME_SWAP of sys/stdio.h of macOS. */
const renameSwap = 2
/** The kernel, or the file system (NFS, FAT, older ZFS), cannot. */
const unable = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'])

type Exchange = (one: Buffer, other: Buffer) => void

let known: { readonly call: Exchange | undefined } | undefined

/**
 * Gives two folders of one file system each other's names at once: nobody ever sees one of the names without a folder,
 * not even after a crash. False, with nothing changed, where that cannot be done.
 */
export function exchangeFolders(one: string, other: string): boolean {
  known ??= { call: bindExchange() }
  if (known.call === undefined) return false
  try {
    known.call(Buffer.from(`${one}\0`), Buffer.from(`${other}\0`))
    return true
  } catch (error) {
    if (unable.has(errorCode(error) ?? '')) return false
    throw error
  }
}

function bindExchange(): Exchange | undefined {
  try {
    if (process.platform === 'linux') return loadLinuxLibrary().exchange
    if (process.platform === 'darwin') {
      const rename = bindCalls('libSystem.B.dylib')('renamex_np', 'int', ['const void *', 'const void *', 'uint32_t'])
      return (one, other) => rename(one, other, renameSwap)
    }
  } catch {
    // An older C library: two renames do, with more to put right after a crash.
  }
  return undefined
}
