import type { ArchiveWindow } from './archive-window.ts'
import { rowBytes } from './goodbye.ts'

/** The rows of a GOODBYE table in an archive. */
export interface StoredRows {
  /** Where the first row is. */
  readonly start: number
  readonly count: number
  /** Where the hash is in a row. */
  readonly hashAt: number
}

/** Slots of rows whose hash is the one in `halves`, low half first. The row is loaded when its slot is given. */
export async function* searchRows<Header extends { readonly bodyBytes: number }>(
  window: ArchiveWindow<Header>,
  { start, count, hashAt }: StoredRows,
  halves: Uint32Array,
): AsyncGenerator<number, void, undefined> {
  const low = halves[0] ?? 0
  const high = halves[1] ?? 0
  // Slots only grow on the way down, so that no table, however wrong, is searched twice at one place.
  const slots = [0]
  for (let slot = slots.pop(); slot !== undefined; slot = slots.pop()) {
    if (slot >= count) continue
    const row = start + slot * rowBytes
    if (!window.has(row, rowBytes)) await window.load(row, rowBytes, 'GOODBYE')
    const { view, at } = window.body(row + hashAt, 8)
    const order = high - view.getUint32(at + 4, true) || low - view.getUint32(at, true)
    if (order === 0) yield slot
    // Equal hashes may be on both sides: left first.
    if (order >= 0) slots.push(2 * slot + 2)
    if (order <= 0) slots.push(2 * slot + 1)
  }
}
