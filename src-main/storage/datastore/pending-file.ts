import { type FileHandle, rename, rm } from 'node:fs/promises'
import { changeDisk } from './disk-error.ts'
import { openNew, temporaryName } from './durable-file.ts'

/** A file of a snapshot while it is being written, under a name that no listing shows. */
export interface PendingFile {
  /** Open for writing anywhere in the file, as for an index whose header is known last. */
  readonly handle: FileHandle
  /** Makes the content durable and gives the file its name; an older file of that name is replaced. Once. */
  commit(): Promise<void>
  /** Removes it. Harmless after `commit`, and may be called twice. */
  discard(): Promise<void>
}

/** `beforeName` runs when the content is durable and the name not yet given: what the file refers to must be durable too. */
export async function createPendingFile(file: string, beforeName: () => Promise<void>): Promise<PendingFile> {
  const temporary = temporaryName(file)
  const handle = await changeDisk(file, () => openNew(temporary, 0o644))
  let isOpen = true
  const close = async () => {
    if (isOpen) await handle.close()
    isOpen = false
  }
  return {
    handle,
    async commit() {
      await changeDisk(file, async () => {
        await handle.sync()
        await close()
        await beforeName()
        await rename(temporary, file)
      })
    },
    async discard() {
      await close()
      await rm(temporary, { force: true })
    },
  }
}
