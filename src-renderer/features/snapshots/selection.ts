/** What is chosen in a folder. Paths, so that it survives moving in time; the row under the keyboard has its place too. */
export interface Selection {
  readonly active: { readonly path: string; readonly index: number } | undefined
  /** Where Shift extends from. */
  readonly anchor: number
  readonly paths: ReadonlySet<string>
}

export const nothingSelected: Selection = { active: undefined, anchor: 0, paths: new Set() }

/** A restore takes at most so many paths (`restoreOptions`). */
export const MOST_SELECTED = 10_000

export interface Target {
  readonly path: string
  readonly index: number
}

/** A click or an arrow key: only this row. */
export function selectOnly(target: Target): Selection {
  return { active: target, anchor: target.index, paths: new Set([target.path]) }
}

/** Ctrl with an arrow: the row under the keyboard moves, the choice stays. */
export function moveTo(selection: Selection, target: Target): Selection {
  return { ...selection, active: target }
}

/** Space, a check box, or Ctrl with a click. */
export function toggle(selection: Selection, target: Target): Selection {
  const paths = new Set(selection.paths)
  if (!paths.delete(target.path) && paths.size < MOST_SELECTED) paths.add(target.path)
  return { active: target, anchor: target.index, paths }
}

/** Shift: from the anchor to the row, in place of what was chosen. `between` are the paths of those rows. */
export function extendTo(selection: Selection, target: Target, between: readonly string[]): Selection {
  return { active: target, anchor: selection.anchor, paths: new Set(between.slice(0, MOST_SELECTED)) }
}

/** The rows that Shift covers, both ends included. */
export function rangeTo(selection: Selection, index: number): readonly [from: number, to: number] {
  return [Math.min(selection.anchor, index), Math.max(selection.anchor, index) + 1]
}

/** All of the given rows. */
export function selectAll(selection: Selection, paths: readonly string[]): Selection {
  return { ...selection, paths: new Set(paths.slice(0, MOST_SELECTED)) }
}
