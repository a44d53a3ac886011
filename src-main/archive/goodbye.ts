/**
 * GOODBYE tables (spec pbs §7.4, spec casync §10.6): the rows of a directory sorted by the hash of the name, laid out as an implicit
 * binary search tree whose node i has its children at 2i+1 and 2i+2.
 */
export const rowBytes = 24

/** Below this a comparison sort is faster than counting. */
const radixFrom = 512

/**
 * The rows of all open directories, as a stack: those of a directory lie on top when it is left. Columns of numbers,
 * 24 bytes a row, since a directory may have millions of entries.
 */
export class GoodbyeRows {
  hashLow = new Uint32Array(256)
  hashHigh = new Uint32Array(256)
  /** Where the child's FILENAME is. */
  start = new Float64Array(256)
  size = new Float64Array(256)
  count = 0

  push(hash: Uint32Array, start: number, size: number): void {
    if (this.count === this.hashLow.length) this.#grow()
    const at = this.count++
    this.hashLow[at] = hash[0] ?? 0
    this.hashHigh[at] = hash[1] ?? 0
    this.start[at] = start
    this.size[at] = size
  }

  /** The rows from `base` to the top in the order of the table. */
  treeOrder(base: number): Uint32Array {
    const count = this.count - base
    const rows = new Uint32Array(count)
    for (let i = 0; i < count; i++) rows[i] = base + i
    return searchTree(count < radixFrom ? this.#compareSort(rows) : this.#radixSort(rows))
  }

  #compareSort(rows: Uint32Array): Uint32Array {
    const { hashLow, hashHigh } = this
    // Every row is below `count`: these are never undefined.
    return rows.sort((a, b) => hashHigh[a]! - hashHigh[b]! || hashLow[a]! - hashLow[b]!)
  }

  /** Four passes of 16 bits, lowest first. */
  #radixSort(rows: Uint32Array): Uint32Array {
    let from = rows
    let to: Uint32Array = new Uint32Array(rows.length)
    const starts = new Uint32Array(0x10001)
    for (let pass = 0; pass < 4; pass++) {
      const column = pass < 2 ? this.hashLow : this.hashHigh
      const shift = (pass & 1) * 16
      starts.fill(0)
      // Indices stay inside by construction: digits are 16 bits wide, rows below `count`.
      for (const row of from) starts[((column[row]! >>> shift) & 0xffff) + 1]!++
      for (let digit = 1; digit < 0x10000; digit++) starts[digit]! += starts[digit - 1]!
      for (const row of from) to[starts[(column[row]! >>> shift) & 0xffff]!++] = row
      ;[from, to] = [to, from]
    }
    return from
  }

  #grow(): void {
    const capacity = this.count * 2
    const { hashLow, hashHigh, start, size } = this
    this.hashLow = new Uint32Array(capacity)
    this.hashHigh = new Uint32Array(capacity)
    this.start = new Float64Array(capacity)
    this.size = new Float64Array(capacity)
    this.hashLow.set(hashLow)
    this.hashHigh.set(hashHigh)
    this.start.set(start)
    this.size.set(size)
  }
}

/** Sorted rows in the order of the tree. */
export function searchTree(sorted: Uint32Array): Uint32Array {
  const slots = new Uint32Array(sorted.length)
  // Depth is log2 of the count.
  const place = (count: number, from: number, level: number, slot: number): void => {
    const power = 2 ** level
    const threshold = power + Math.floor(power / 2) - 1
    const left = count > threshold ? power - 1 : power - 1 - (threshold - count)
    slots[slot] = sorted[from + left] ?? 0
    if (left > 0) place(left, from, level - 1, 2 * slot + 1)
    if (left + 1 < count) place(count - left - 1, from + left + 1, level - 1, 2 * slot + 2)
  }
  if (sorted.length > 0) place(sorted.length, 0, Math.floor(Math.log2(sorted.length)), 0)
  return slots
}
