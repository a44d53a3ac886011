import { accessSync, constants, mkdtempSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memoryDisk = '/dev/shm'
/** Containers have 64 MiB there, where nothing fits. */
const roomNeeded = 2n * 1024n ** 3n

/**
 * A new folder for repositories of tests: in memory where there is such a disk, since the 65,536 folders of a datastore take
 * minutes to remove from one that others use. What tests say about file systems belongs on a real one.
 */
export function makeQuickFolder(prefix: string): string {
  return mkdtempSync(join(hasMemoryDisk() ? memoryDisk : tmpdir(), prefix))
}

function hasMemoryDisk(): boolean {
  try {
    accessSync(memoryDisk, constants.W_OK)
    const { bavail, bsize } = statfsSync(memoryDisk, { bigint: true })
    return bavail * bsize > roomNeeded
  } catch {
    return false
  }
}
