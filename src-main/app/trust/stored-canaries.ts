import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText, displayPath } from '../../../src-shared/model/path-text.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'
import type { CanaryFile } from './canaries.ts'
import type { SampledFile } from './sample-files.ts'

/** A canary as a snapshot has it, and what it was planted with. */
export interface StoredCanary extends SampledFile {
  readonly sha256: string
}

export interface StoredCanaries {
  readonly found: readonly StoredCanary[]
  /** Where they were on the disk, of those that the snapshot should have and has not. */
  readonly missing: readonly string[]
}

const slash = 0x2f

/** The canaries of a plan in one of its snapshots. One that was planted after the snapshot is not looked for. */
export async function findStoredCanaries(
  reader: SnapshotReader,
  canaries: readonly CanaryFile[],
  signal: AbortSignal,
): Promise<StoredCanaries> {
  if (canaries.length === 0) return { found: [], missing: [] }
  const roots = (await reader.facts(signal))?.roots ?? []
  const found: StoredCanary[] = []
  const missing: string[] = []
  for (const { root, path, sha256, plantedAt } of canaries) {
    const tree = roots.find((one) => one.path === root)?.archive
    // A snapshot's time has no fractions of a second: in that of the planting it may have the canary, or not.
    const madeAt = reader.snapshot.ref.time * 1000
    const isOlder = plantedAt !== undefined && madeAt < plantedAt - (plantedAt % 1000)
    if (tree === undefined || isOlder) continue
    const names = [path.subarray(path.lastIndexOf(slash) + 1)]
    const entry = await statIn(reader, tree, names, signal)
    if (entry?.kind === 'file') found.push({ tree, names, sizeBytes: entry.sizeBytes, sha256 })
    else if (plantedAt !== undefined && madeAt >= plantedAt) missing.push(displayPath(bytesToPathText(path)))
  }
  return { found, missing }
}

async function statIn(reader: SnapshotReader, tree: string, names: readonly Uint8Array[], signal: AbortSignal) {
  try {
    return await reader.stat(tree, names, signal)
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'path/not-found') return undefined
    throw error
  }
}
