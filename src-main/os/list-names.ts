import { readdir } from 'node:fs/promises'
import { errorCode } from './system-error.ts'

/** What a folder holds; nothing where there is no folder. */
export async function listNames(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
}
