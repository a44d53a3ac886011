import { stat } from 'node:fs/promises'
import { errorCode } from './system-error.ts'

/** Whether a folder is there, also behind a link. Throws what stands in the way of knowing. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return false
    throw error
  }
}
