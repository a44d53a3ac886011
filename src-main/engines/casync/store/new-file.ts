import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { errorCode } from '../../../os/system-error.ts'
import { changeDisk } from '../../../storage/datastore/disk-error.ts'
import { syncFolder } from '../../../storage/datastore/durable-file.ts'

/** A file that is being written, beside the place where it is to be. */
export interface NewFile {
  write(bytes: Uint8Array): Promise<void>
  /** Makes it durable and gives it its name. Once. */
  commit(): Promise<void>
  /** Removes it, unless it has its name. May be called twice. */
  discard(): Promise<void>
}

const mode = 0o666

/** Named meanwhile as casync does (spec casync §6). The folder must be there. */
export async function createNewFile(file: string): Promise<NewFile> {
  const folder = path.dirname(file)
  const temporary = path.join(folder, `.#${path.basename(file)}${randomBytes(8).toString('hex')}`)
  const handle = await changeDisk(file, () => open(temporary, 'wx', mode)).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error
    throw new HoldfastError('path/not-found', {
      detail: `${path.dirname(file)}, for ${path.basename(file)}`,
      cause: error,
    })
  })
  let isOpen = true
  const close = async (): Promise<void> => {
    if (isOpen) await handle.close()
    isOpen = false
  }
  return {
    write: (bytes) => changeDisk(file, () => handle.writeFile(bytes)),
    commit: () =>
      changeDisk(file, async () => {
        await handle.sync()
        await close()
        await rename(temporary, file)
        await syncFolder(folder)
      }),
    async discard() {
      await close()
      await rm(temporary, { force: true })
    },
  }
}
