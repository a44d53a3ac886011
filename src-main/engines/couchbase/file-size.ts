import { stat } from 'node:fs/promises'
import { errorCode } from '../../os/system-error.ts'

/** Undefined where there is no file of that name. */
export async function fileSize(file: string): Promise<bigint | undefined> {
  try {
    const found = await stat(file, { bigint: true })
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}
