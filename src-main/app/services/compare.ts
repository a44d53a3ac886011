import type { Difference } from '../../../src-shared/contract/snapshots.ts'
import type { ChangeKind, Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { ComparedEntry } from '../../catalog/index/compare.ts'
import type { IndexReader } from '../../catalog/index/index-reader.ts'

const pageSize = 1000
/** Changed children of one folder that are shown. */
const maximumDifferences = 10_000

export interface CompareResult {
  readonly differences: Difference[]
  readonly totals: CompareTotals
}

export interface CompareTotals {
  added: number
  addedBytes: number
  changed: number
  changedBytes: number
  removed: number
  removedBytes: number
  identical: number
}

export const noTotals = (): CompareTotals => ({
  added: 0,
  addedBytes: 0,
  changed: 0,
  changedBytes: 0,
  removed: 0,
  removedBytes: 0,
  identical: 0,
})

/** Two snapshots of one lineage, as the catalog knows them. */
export async function compareSnapshots(
  reader: IndexReader,
  { from, to, path, includeIdentical }: CompareRequest,
): Promise<CompareResult> {
  const compared: ComparedEntry[] = []
  let total = Number.POSITIVE_INFINITY
  let { totals: sums } = await reader.compare(from, to, path, { limit: 1 })
  while (compared.length < Math.min(total, maximumDifferences)) {
    const page = await reader.compare(from, to, path, { offset: compared.length, limit: pageSize })
    total = page.total
    sums = page.totals
    if (page.entries.length === 0) break
    compared.push(...page.entries)
  }
  const totals = noTotals()
  totals.added = sums.added
  totals.changed = sums.changed + sums.metadata
  totals.removed = sums.removed
  totals.removedBytes = sums.removedBytes
  for (const { kind, totals: own } of compared) {
    // The catalog sums added and changed bytes as one; a child that is new as a whole tells them apart.
    if (kind === 'added') totals.addedBytes += own.changedBytes
    else totals.changedBytes += own.changedBytes
  }
  const differences = compared.map(toDifference)
  const identical = await identicalChildren(reader, to, path, new Set(compared.map((entry) => entry.path)))
  totals.identical = identical.length
  return { differences: includeIdentical ? [...differences, ...identical.map(toIdentical)] : differences, totals }
}

export interface CompareRequest {
  readonly from: SnapshotId
  readonly to: SnapshotId
  readonly path: string
  readonly includeIdentical: boolean
}

function toDifference({ path, name, kind, before, after, isFolder, totals }: ComparedEntry): Difference {
  const entry = after ?? before
  const isTouched = totals.added + totals.changed + totals.removed + totals.metadata > 0
  return {
    path,
    name,
    kind: entry?.kind ?? 'file',
    change: isFolder && isTouched && kind !== 'added' && kind !== 'removed' ? 'changed' : kind,
    ...(before === undefined ? {} : { fromBytes: before.sizeBytes }),
    ...(after === undefined ? {} : { toBytes: after.sizeBytes }),
    ...(isFolder
      ? {
          below: {
            added: totals.added,
            changed: totals.changed + totals.metadata,
            removed: totals.removed,
            bytes: totals.changedBytes - totals.removedBytes,
          },
        }
      : {}),
  }
}

function toIdentical({ path, name, kind, sizeBytes }: Entry): Difference {
  const change: ChangeKind = 'identical'
  return { path, name, kind, change, fromBytes: sizeBytes, toBytes: sizeBytes }
}

async function identicalChildren(
  reader: IndexReader,
  id: SnapshotId,
  path: string,
  different: ReadonlySet<string>,
): Promise<Entry[]> {
  const identical: Entry[] = []
  for (let offset = 0; offset < maximumDifferences; offset += pageSize) {
    const page = await reader.list(id, path, { sort: 'name', offset, limit: pageSize }).catch(() => undefined)
    if (page === undefined) break // the folder is gone in the later one: nothing of it is the same
    identical.push(...page.entries.filter((entry) => !different.has(entry.path)))
    if (offset + pageSize >= page.total) break
  }
  return identical
}
