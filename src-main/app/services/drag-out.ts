import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Content, ContentForm } from '../content.ts'

/** Somebody holds the mouse button meanwhile: more than this is for a restore. */
const mostBytes = 512 * 1024 * 1024
/** Folders of this many drags stay, since what they were dropped on may still read them. */
const keptDrags = 8

export interface DraggedEntry {
  readonly path: string
  readonly isFolder: boolean
}

/** Files of snapshots as files of a temporary folder, for a drag into another program. */
export class DragOut {
  readonly #content: Content
  readonly #folders: string[] = []

  constructor(content: Content) {
    this.#content = content
  }

  /** Writes the entries into a folder of their own, a folder as a zip file. Throws `restore/too-large`. */
  async take(
    snapshotId: SnapshotId,
    entries: readonly DraggedEntry[],
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-drag-'))
    this.#folders.push(folder)
    while (this.#folders.length > keptDrags) this.#remove(this.#folders.shift())
    const budget = { left: mostBytes }
    const files: string[] = []
    for (const [at, { path, isFolder }] of entries.entries()) {
      const as: ContentForm = isFolder ? 'zip' : 'download'
      const { status, fileName, body } = await this.#content.open({ entry: { snapshotId, path, as } }, signal)
      if (status !== 200) {
        await body[Symbol.asyncIterator]().return?.()
        throw new HoldfastError('path/not-found', { detail: path })
      }
      // Names of a snapshot may be anything; two entries of the same name get two folders.
      const name = fileName.replaceAll(/[/\\\0]/g, '_')
      const isTaken = files.some((file) => file.endsWith(`/${name}`)) || name === '.' || name === '..'
      const target = join(folder, isTaken ? `${at} ${name}` : name)
      await pipeline(
        Readable.from(withinBudget(body, budget)),
        createWriteStream(target, { flags: 'wx', mode: 0o600 }),
        {
          signal,
        },
      )
      files.push(target)
    }
    return files
  }

  close(): void {
    for (const folder of this.#folders.splice(0)) this.#remove(folder)
  }

  #remove(folder: string | undefined): void {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

async function* withinBudget(body: AsyncIterable<Uint8Array>, budget: { left: number }): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    budget.left -= bytes.length
    if (budget.left < 0) throw new HoldfastError('restore/too-large')
    yield bytes
  }
}
