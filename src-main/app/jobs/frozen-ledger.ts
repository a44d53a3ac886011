import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { tryFileLock } from '../../catalog/database/file-lock.ts'
import type { FrozenLedger } from '../../sources/freeze/freeze.ts'
import { isFrozenName } from '../../sources/freeze/frozen-name.ts'
import type { SnapshotPlace, SnapshotProvider } from '../../sources/freeze/snapshot-provider.ts'
import { syncFolders } from '../../storage/datastore/durable-file.ts'
import { writeFileDurably } from '../durable-file.ts'

const record = z.object({
  version: z.literal(1),
  volume: z.object({ fileSystem: z.string(), id: z.string(), top: z.string() }),
  name: z.string().refine((name) => isFrozenName(name)),
})

/**
 * Snapshots of file systems that backups read from now, one file each in `frozen` of the data folder. Beside it lies a lock that
 * the run holds, and loses however it ends.
 */
export function openFrozenLedger(dataDirectory: string): FrozenLedger {
  return {
    async remember({ volume, name }) {
      const folder = folderIn(dataDirectory)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const { lockPath, recordPath } = pathsOf(folder, name)
      const lock = tryFileLock(lockPath)
      if (lock === undefined) throw new Error('a random name is taken')
      const leave = () => lock.release()
      try {
        writeFileDurably(recordPath, JSON.stringify({ version: 1, volume, name } satisfies z.infer<typeof record>))
        await syncFolders(dataDirectory, folder)
      } catch (error) {
        leave()
        throw error
      }
      return {
        leave,
        forget() {
          rmSync(recordPath, { force: true })
          leave()
          rmSync(lockPath, { force: true })
        },
      }
    },
  }
}

/** Removes snapshots that runs left which are no more, and returns where they were. What cannot be removed now stays remembered. */
export async function removeLeftovers(
  dataDirectory: string,
  /** Asked only where something was left, which is hardly ever. */
  openProviders: () => readonly SnapshotProvider[],
): Promise<readonly string[]> {
  const folder = folderIn(dataDirectory)
  const removed: string[] = []
  for (const file of namesIn(folder)) {
    if (!file.endsWith('.json')) continue
    const { lockPath, recordPath } = pathsOf(folder, file.slice(0, -'.json'.length))
    const lock = tryFileLock(lockPath)
    if (lock === undefined) continue // its run is at work
    let end: 'removed' | 'gone' | 'away' = 'away'
    try {
      const place = readRecord(recordPath)
      const provider = openProviders().find(({ fileSystem }) => fileSystem === place?.volume.fileSystem)
      end = place === undefined ? 'gone' : ((await provider?.remove(place)) ?? 'away')
      if (place !== undefined && end === 'removed')
        removed.push(displayPath(`${place.volume.top.replace(/\/$/, '')}/${place.name}`))
      if (end !== 'away') rmSync(recordPath, { force: true })
    } catch {
      // Not permitted, or not now: the next one tries again.
    } finally {
      lock.release()
    }
    if (end !== 'away') rmSync(lockPath, { force: true })
  }
  return removed
}

function folderIn(dataDirectory: string): string {
  return join(dataDirectory, 'frozen')
}

function pathsOf(folder: string, name: string): { readonly lockPath: string; readonly recordPath: string } {
  return { lockPath: join(folder, `${name}.lock`), recordPath: join(folder, `${name}.json`) }
}

/** Undefined for a file that is no record: nothing can be done about it. */
function readRecord(path: string): SnapshotPlace | undefined {
  try {
    return record.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // nothing was ever held still
  }
}
