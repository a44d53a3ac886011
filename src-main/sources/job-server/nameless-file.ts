import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FileContent } from '../../archive/tree.ts'
import { changeDisk } from '../../storage/datastore/disk-error.ts'

/**
 * A file for what must not outlive the run: signing keys are in it. Where the system lets it, it loses its name as soon as it is
 * open, so that a crash leaves nothing behind.
 */
export class NamelessFile {
  readonly #handle: FileHandle
  readonly #folder: string
  sizeBytes = 0

  private constructor(handle: FileHandle, folder: string) {
    this.#handle = handle
    this.#folder = folder
  }

  static async create(): Promise<NamelessFile> {
    const folder = await changeDisk(tmpdir(), () => mkdtemp(join(tmpdir(), 'holdfast-job-server-')))
    try {
      const handle = await open(join(folder, 'server'), 'wx+', 0o600)
      // Windows keeps the name until it is closed.
      await rm(folder, { recursive: true, force: true }).catch(() => undefined)
      return new NamelessFile(handle, folder)
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Throws `disk/full`. */
  async append(bytes: Uint8Array): Promise<void> {
    await changeDisk(tmpdir(), () => this.#handle.writeFile(bytes))
    this.sizeBytes += bytes.length
  }

  /** From the beginning; may be called more than once. */
  content(): FileContent {
    let at = 0
    return {
      read: async (into) => {
        const { bytesRead } = await this.#handle.read(into, 0, into.length, at)
        at += bytesRead
        return bytesRead
      },
      close: () => undefined,
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
