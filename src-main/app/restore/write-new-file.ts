import { link, lstat, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { errorCode } from '../../os/system-error.ts'
import { temporaryName } from '../../os/temporary-name.ts'
import { changeDisk } from '../../storage/datastore/disk-error.ts'
import { removeQuietly, syncFolder } from '../../storage/datastore/durable-file.ts'

/** Throws `input/invalid` where something has this name. */
export async function requireNewFile(path: string): Promise<void> {
  try {
    await lstat(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  throw exists(path)
}

/** Writes a stream to a file that gets its name when it is whole, and never takes the place of another. */
export async function writeNewFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): Promise<void> {
  await requireNewFile(path)
  const partial = join(dirname(path), temporaryName().toString())
  try {
    const file = await changeDisk(path, () => open(partial, 'wx', 0o600))
    try {
      for await (const bytes of content) {
        await changeDisk(path, () => file.writeFile(bytes))
        onBytes(bytes.length)
      }
      await changeDisk(path, () => file.sync())
    } finally {
      await file.close()
    }
    await changeDisk(path, () => link(partial, path))
  } catch (error) {
    throw errorCode(error) === 'EEXIST' ? exists(path) : error
  } finally {
    await removeQuietly(partial)
  }
  await syncFolder(dirname(path))
}

function exists(path: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail: `There is something of this name: ${path}` })
}
