import { moveTarget } from './row-keys.ts'

/** A row of a tree that is drawn as a list of what is open. */
export interface TreePlace {
  readonly depth: number
  readonly isExpanded: boolean
}

export type TreeMove =
  | { readonly kind: 'to'; readonly index: number }
  | { readonly kind: 'expand'; readonly expand: boolean }
  | { readonly kind: 'open' }

/**
 * What a key does in a tree (the tree pattern of the ARIA practices): right opens and then goes in, left closes and then
 * goes to the row above in the tree, Enter and Space open. `undefined` where the key means nothing. `canExpand` speaks of
 * row `at`, which is -1 where none is active.
 */
export function treeMove(
  key: string,
  at: number,
  rows: readonly TreePlace[],
  canExpand: boolean,
): TreeMove | undefined {
  const target = moveTarget(key, at, rows.length)
  if (target !== undefined) return { kind: 'to', index: target }
  const row = rows[at]
  if (row === undefined) return undefined
  switch (key) {
    case 'ArrowRight':
      if (!canExpand) return undefined
      return row.isExpanded
        ? { kind: 'to', index: Math.min(at + 1, rows.length - 1) }
        : { kind: 'expand', expand: true }
    case 'ArrowLeft':
      if (row.isExpanded) return { kind: 'expand', expand: false }
      return { kind: 'to', index: row.depth === 0 ? at : parentOf(at, row.depth, rows) }
    case 'Enter':
    case ' ':
      return { kind: 'open' }
    default:
      return undefined
  }
}

function parentOf(at: number, depth: number, rows: readonly TreePlace[]): number {
  const above = rows.findLastIndex((row, index) => index < at && row.depth < depth)
  return above === -1 ? at : above
}
