import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { foldersSource, type PlanSource } from '../../../src-shared/model/source.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import { filesTreeOptions } from '../../sources/files/files-source.ts'
import { listTree } from '../../sources/files/scan.ts'
import { parseSnapshotPath } from '../restore/snapshot-path.ts'
import { type CompareResult, noTotals } from './compare.ts'
import { comparedEntries, comparedNodes, compareStreams } from './compare-disk.ts'
import type { SnapshotsService } from './snapshots.ts'

const nobody = { problem: (): void => {} }

export interface DiskComparison {
  readonly path: string
  readonly includeIdentical: boolean
  /** The plan's excludes: what a backup leaves out is not new on the disk. */
  readonly source: PlanSource | undefined
}

/** A folder of a snapshot against the same folder on this computer's disk. Throws `path/not-found` where there is none. */
export async function compareWithDisk(
  snapshots: SnapshotsService,
  calls: FileSystemCalls,
  { snapshot, wish }: { readonly snapshot: Snapshot; readonly wish: DiskComparison },
  signal: AbortSignal,
): Promise<CompareResult> {
  const path = parseSnapshotPath(wish.path)
  if (path === undefined) return compareRoots(snapshots, calls, { snapshot, wish }, signal)
  const disk = await snapshots.diskPath(snapshot, wish.path, signal)
  if (disk === undefined) {
    throw new HoldfastError('path/not-found', { detail: 'This snapshot is not of a folder on this computer.' })
  }
  const everything = foldersSource.parse({ kind: 'folders', paths: [disk] })
  const source = wish.source?.kind === 'folders' ? wish.source : everything
  return snapshots.withReader(snapshot, signal, async (reader) => {
    const { tree, names } = path
    const entries = reader.walk(tree, { select: names.length === 0 ? undefined : [names], contents: false }, signal)
    const nodes = listTree(disk, filesTreeOptions(source, calls), nobody, signal)
    return compareStreams(comparedEntries(entries, names), comparedNodes(nodes), wish.path, wish.includeIdentical)
  })
}

/** The list of archives: each compared as a whole, shown as one line. */
async function compareRoots(
  snapshots: SnapshotsService,
  calls: FileSystemCalls,
  { snapshot, wish }: { readonly snapshot: Snapshot; readonly wish: DiskComparison },
  signal: AbortSignal,
): Promise<CompareResult> {
  const facts = await snapshots.facts(snapshot, signal)
  const result: CompareResult = { differences: [], totals: noTotals() }
  for (const { archive } of facts?.roots ?? []) {
    const one = await compareWithDisk(snapshots, calls, { snapshot, wish: { ...wish, path: archive } }, signal)
    const { added, changed, removed, addedBytes, changedBytes, removedBytes } = one.totals
    const isSame = added + changed + removed === 0
    result.totals.added += added
    result.totals.addedBytes += addedBytes
    result.totals.changed += changed
    result.totals.changedBytes += changedBytes
    result.totals.removed += removed
    result.totals.removedBytes += removedBytes
    result.totals.identical += isSame ? 1 : 0
    if (isSame && !wish.includeIdentical) continue
    const bytes = addedBytes + changedBytes - removedBytes
    result.differences.push({
      path: archive,
      name: archive,
      kind: 'directory',
      change: isSame ? 'identical' : 'changed',
      below: { added, changed, removed, bytes },
    })
  }
  return result
}
