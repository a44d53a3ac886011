import type { RestoreOutcome, RestorePreviewItem } from '../../../src-shared/model/restore.ts'
import { isBelow } from '../../ui/snapshot-path.ts'

/** A line of the list: a file, a chosen folder with what is below it, or the rest of a folder that is not unfolded. */
export type PreviewRow =
  | { readonly kind: 'item'; readonly item: RestorePreviewItem; readonly name: string; readonly depth: 0 | 1 }
  | {
      readonly kind: 'folder'
      readonly path: string
      readonly files: number
      readonly bytes: number
      /** Of everything below, when it is the same for all. */
      readonly outcome: RestoreOutcome | undefined
      readonly isOpen: boolean
    }
  | { readonly kind: 'more'; readonly folder: string; readonly files: number; readonly bytes: number }

/** So many files of a folder are shown before the rest is one line. */
const SHOWN = 3

export interface PreviewView {
  readonly chosen: readonly string[]
  readonly filter: RestoreOutcome | undefined
  readonly folded: ReadonlySet<string>
  readonly unfolded: ReadonlySet<string>
}

/** The preview as a person reads it: each chosen folder once, with its files under it. */
export function previewRows(items: readonly RestorePreviewItem[], view: PreviewView): readonly PreviewRow[] {
  const matching = items.filter(
    (item) => item.kind !== 'directory' && (view.filter === undefined || item.outcome === view.filter),
  )
  const folders = view.chosen.filter((path) => items.some((item) => item.path !== path && isBelow(item.path, path)))
  const inside = new Map<string, RestorePreviewItem[]>(folders.map((path) => [path, []]))
  const rows: PreviewRow[] = []
  const alone: RestorePreviewItem[] = []
  for (const item of matching) {
    const folder = folders.find((path) => isBelow(item.path, path))
    if (folder === undefined) alone.push(item)
    else inside.get(folder)?.push(item)
  }
  for (const [path, files] of inside) {
    if (files.length === 0) continue
    const isOpen = !view.folded.has(path)
    rows.push({ kind: 'folder', path, files: files.length, bytes: sum(files), outcome: common(files), isOpen })
    if (!isOpen) continue
    const isWhole = view.unfolded.has(path) || files.length <= SHOWN + 1
    const shown = isWhole ? files : files.slice(0, SHOWN)
    rows.push(
      ...shown.map((item) => ({ kind: 'item', item, name: item.path.slice(path.length + 1), depth: 1 }) as const),
    )
    if (isWhole) continue
    const rest = files.slice(SHOWN)
    rows.push({ kind: 'more', folder: path, files: rest.length, bytes: sum(rest) })
  }
  rows.push(
    ...alone.map(
      (item) => ({ kind: 'item', item, name: item.path.slice(item.path.lastIndexOf('/') + 1), depth: 0 }) as const,
    ),
  )
  return rows
}

function sum(items: readonly RestorePreviewItem[]): number {
  return items.reduce((bytes, item) => bytes + item.sizeBytes, 0)
}

function common(items: readonly RestorePreviewItem[]): RestoreOutcome | undefined {
  const first = items[0]?.outcome
  return items.every((item) => item.outcome === first) ? first : undefined
}

/** Files that will be written with these outcomes. */
export function writtenFiles(counts: Readonly<Partial<Record<RestoreOutcome, number>>>): number {
  return (counts.new ?? 0) + (counts.overwrite ?? 0) + (counts['keep-both'] ?? 0)
}
