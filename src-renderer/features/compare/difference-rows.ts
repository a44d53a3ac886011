import type { Difference } from '../../../src-shared/contract/snapshots.ts'
import type { ChangeKind } from '../../../src-shared/model/entry.ts'
import { foldText } from '../../../src-shared/model/fold-text.ts'

export interface DifferenceRow {
  readonly difference: Difference
  readonly depth: number
  readonly isExpanded: boolean
}

/** The tree from the top down, as far as folders are expanded and read, without what a filter hides. */
export function differenceRows(
  loaded: ReadonlyMap<string, readonly Difference[]>,
  expanded: ReadonlySet<string>,
  view: { readonly text: string; readonly hidden: ReadonlySet<ChangeKind> },
): readonly DifferenceRow[] {
  const rows: DifferenceRow[] = []
  const text = foldText(view.text.trim())
  const visit = (path: string, depth: number) => {
    for (const difference of loaded.get(path) ?? []) {
      const isFolder = difference.kind === 'directory'
      const isExpanded = isFolder && expanded.has(difference.path)
      if (isFolder ? !folderShows(difference, view.hidden) : view.hidden.has(difference.change)) continue
      // A folder stays while its name or anything read below it matches, so that the way to a hit is there.
      if (text !== '' && !matches(difference, text, loaded)) continue
      rows.push({ difference, depth, isExpanded })
      if (isExpanded) visit(difference.path, depth + 1)
    }
  }
  visit('', 0)
  return rows
}

function folderShows({ change, below }: Difference, hidden: ReadonlySet<ChangeKind>): boolean {
  if (below === undefined) return !hidden.has(change)
  if (below.added > 0 && !hidden.has('added')) return true
  if (below.changed > 0 && !hidden.has('changed')) return true
  if (below.removed > 0 && !hidden.has('removed')) return true
  return below.added + below.changed + below.removed === 0 && !hidden.has(change)
}

function matches(difference: Difference, text: string, loaded: ReadonlyMap<string, readonly Difference[]>): boolean {
  if (foldText(difference.name).includes(text)) return true
  return (loaded.get(difference.path) ?? []).some((child) => matches(child, text, loaded))
}

/** By how much an entry differs: the bytes that came or went, or for a folder the sum of all below. */
export function differenceBytes({ below, change, fromBytes = 0, toBytes = 0 }: Difference): number {
  if (below !== undefined) return below.bytes
  return change === 'added' ? toBytes : change === 'removed' ? fromBytes : toBytes - fromBytes
}

/** The one mark of a folder, when all below it has the same; nothing when it is mixed. */
export function folderMark({ change, below }: Difference): ChangeKind | undefined {
  if (below === undefined) return change
  const { added, changed, removed } = below
  const kinds = [added > 0, changed > 0, removed > 0].filter(Boolean).length
  if (kinds === 0) return change
  if (kinds > 1) return undefined
  return added > 0 ? 'added' : changed > 0 ? 'changed' : 'removed'
}
