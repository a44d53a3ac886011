import { useCallback, useState } from 'react'
import type { EntryPages } from './entry-pages.ts'
import {
  extendTo,
  MOST_SELECTED,
  moveTo,
  nothingSelected,
  rangeTo,
  type Selection,
  selectAll,
  selectOnly,
  toggle,
} from './selection.ts'

export type SelectHow = 'only' | 'toggle' | 'extend' | 'move'

export interface SelectionControl {
  readonly selection: Selection
  readonly select: (how: SelectHow, index: number) => Promise<void>
  readonly all: () => Promise<void>
  readonly activate: (path: string, index: number) => void
  readonly clear: () => void
}

/**
 * The choice in the open folder. `held` is the choice of the restore panel while it is open: it then takes the place of
 * the explorer's own, and a click adds instead of replacing.
 */
export function useSelection(
  pages: EntryPages | undefined,
  held: { readonly paths: readonly string[]; readonly choose: (paths: readonly string[]) => void } | undefined,
): SelectionControl {
  const [own, setOwn] = useState<Selection>(nothingSelected)
  const selection = held === undefined ? own : { ...own, paths: new Set(held.paths) }

  const apply = (next: Selection) => {
    setOwn(next)
    if (held !== undefined && next.paths !== selection.paths) held.choose([...next.paths])
  }
  const select = async (how: SelectHow, index: number) => {
    if (pages === undefined) return
    const [entry] = await pages.range(index, index + 1)
    if (entry === undefined) return
    const target = { path: entry.path, index }
    if (how === 'toggle' || (how === 'only' && held !== undefined)) apply(toggle(selection, target))
    else if (how === 'move') apply(moveTo(selection, target))
    else if (how === 'only') apply(selectOnly(target))
    else {
      const [from, to] = rangeTo(selection, index)
      const rows = await pages.range(from, Math.min(to, from + MOST_SELECTED))
      apply(
        extendTo(
          selection,
          target,
          rows.map((row) => row.path),
        ),
      )
    }
  }
  const all = async () => {
    const total = pages?.totals()?.total ?? 0
    if (pages === undefined || total === 0) return
    const rows = await pages.range(0, Math.min(total, MOST_SELECTED))
    apply(
      selectAll(
        selection,
        rows.filter((row) => row.deletedAfter === undefined).map((row) => row.path),
      ),
    )
  }
  const activate = useCallback((path: string, index: number) => {
    // Arriving by a link at an entry chooses it; a row that only moved with time keeps the choice as it was.
    setOwn(({ active, paths }) => ({
      active: { path, index },
      anchor: index,
      paths: active === undefined && paths.size === 0 ? new Set([path]) : paths,
    }))
  }, [])
  const clear = useCallback(() => setOwn(nothingSelected), [])
  return { selection, select, all, activate, clear }
}
