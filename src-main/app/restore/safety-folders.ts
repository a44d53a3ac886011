import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { type JobId, jobId, timestamp } from '../../../src-shared/model/ids.ts'
import { pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { writeFileDurably } from '../durable-file.ts'

const record = z.object({
  /** Folders with a journal each, in the order in which they were made. */
  folders: z.array(z.string()),
  until: timestamp,
  targetRoot: z.string(),
  undone: z.boolean(),
})
export type SafetyRecord = z.infer<typeof record>

/** Beside a target that is on another disk than the data folder. */
const folderOnTarget = '.holdfast-undo'

/** What restores replaced, kept so that they can be undone: `undo/<job>.json` in the data folder says where. */
export class SafetyFolders {
  readonly #root: string

  constructor(dataDirectory: string) {
    this.#root = join(dataDirectory, 'undo')
  }

  /**
   * A folder for the safety copy of a restore to `target`, not made yet. It must lie on the target's disk, where files get there
   * by a new name and not by a copy: in the data folder if that is there, else hidden beside the target.
   */
  place(id: JobId, target: string, number: number): string {
    makeFolders(this.#root, 0o700)
    const existing = nearestExisting(target)
    if (statSync(bytesOf(existing)).dev === statSync(this.#root).dev) return join(this.#root, `${id}-${number}`)
    const parent = dirname(existing)
    const isSameDisk = statSync(bytesOf(parent)).dev === statSync(bytesOf(existing)).dev
    const beside = existing === target && isSameDisk ? parent : existing
    return join(beside, folderOnTarget, `${id}-${number}`)
  }

  save(id: JobId, value: SafetyRecord): void {
    makeFolders(this.#root, 0o700)
    writeFileDurably(this.#path(id), JSON.stringify(value))
  }

  /** `undefined` when there is nothing to undo any more. */
  load(id: JobId): SafetyRecord | undefined {
    try {
      return record.parse(JSON.parse(readFileSync(this.#path(id), 'utf8')))
    } catch {
      return undefined
    }
  }

  /** Removes what may no longer be undone. Returns how many restores that concerned. */
  purge(now: number): number {
    let purged = 0
    for (const name of listed(this.#root)) {
      const id = name.endsWith('.json') ? jobId.safeParse(basename(name, '.json')) : undefined
      if (id?.success !== true) continue
      const value = this.load(id.data)
      if (value === undefined || (value.until > now && !value.undone)) continue
      for (const folder of value.folders) {
        rmSync(bytesOf(folder), { recursive: true, force: true })
        removeIfEmpty(dirname(folder))
      }
      rmSync(this.#path(id.data), { force: true })
      purged += 1
    }
    return purged
  }

  #path(id: JobId): string {
    return join(this.#root, `${id}.json`)
  }
}

/** Path text with bytes that are not UTF-8 must reach the disk as bytes. */
function bytesOf(path: string): Buffer {
  return Buffer.from(pathTextToBytes(path))
}

function nearestExisting(path: string): string {
  let current = path
  while (true) {
    if (statSync(bytesOf(current), { throwIfNoEntry: false }) !== undefined) return current
    const parent = dirname(current)
    if (parent === current) return current
    current = parent
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // no restore has kept anything yet
  }
}

function removeIfEmpty(folder: string): void {
  if (basename(folder) !== folderOnTarget) return
  try {
    if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true })
  } catch {
    // The disk it is on may be gone; an empty folder does no harm.
  }
}
