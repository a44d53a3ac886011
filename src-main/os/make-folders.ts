import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { errorCode } from './system-error.ts'

/**
 * Makes a folder and those above it that are missing. Returns whether it was made. Node's own `recursive` never comes back
 * where making a folder fails with ENOENT although its parent is there, as anywhere below /proc.
 *
 * @throws the system's error: EACCES, EROFS, ENOSPC, ENOENT, ENOTDIR, or EEXIST when a file is in the way.
 */
export function makeFolders(path: string | Uint8Array, mode: number): boolean {
  // One character a byte: separators are ASCII, and names need not be text.
  const bytes =
    typeof path === 'string' ? Buffer.from(path) : Buffer.from(path.buffer, path.byteOffset, path.byteLength)
  return make(bytes.toString('latin1'), mode)
}

function make(path: string, mode: number): boolean {
  try {
    mkdirSync(Buffer.from(path, 'latin1'), { mode })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    const parent = dirname(path)
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error
    make(parent, mode)
    // The parent is there now: what fails here fails for another reason.
    mkdirSync(Buffer.from(path, 'latin1'), { mode })
    return true
  }
}
