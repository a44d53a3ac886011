/** A run of elements: equal on both sides, or only on one. Positions are half open, in the left and the right sequence. */
export interface Run {
  readonly kind: 'same' | 'left' | 'right'
  readonly leftFrom: number
  readonly leftTo: number
  readonly rightFrom: number
  readonly rightTo: number
}

/** Beyond so many differing elements the middle is given up as a whole: the cost grows with the square of it. */
const MOST_EDITS = 2000

/**
 * The shortest way from one sequence to the other (E. W. Myers, An O(ND) Difference Algorithm, 1986). What both share at
 * the start and at the end is taken off first. With more than `mostEdits` edits everything between is left and right.
 */
export function diffRuns<T>(left: readonly T[], right: readonly T[], mostEdits = MOST_EDITS): readonly Run[] {
  let head = 0
  while (head < left.length && head < right.length && left[head] === right[head]) head++
  let tail = 0
  while (
    tail < left.length - head &&
    tail < right.length - head &&
    left[left.length - 1 - tail] === right[right.length - 1 - tail]
  )
    tail++
  const a = left.slice(head, left.length - tail)
  const b = right.slice(head, right.length - tail)
  const steps = [
    ...repeat('same', head),
    ...(middle(a, b, mostEdits) ?? [...repeat('left', a.length), ...repeat('right', b.length)]),
    ...repeat('same', tail),
  ]
  return toRuns(steps)
}

type Step = Run['kind']

function repeat(step: Step, times: number): Step[] {
  return new Array<Step>(times).fill(step)
}

function middle<T>(a: readonly T[], b: readonly T[], mostEdits: number): Step[] | undefined {
  const limit = Math.min(a.length + b.length, mostEdits)
  const offset = limit + 1
  const furthest = new Int32Array(2 * limit + 3)
  const trace: Int32Array[] = []
  for (let edits = 0; edits <= limit; edits++) {
    // Only the diagonals that this round may read are kept, so the trace costs edits², not edits × length.
    trace.push(furthest.slice(offset - edits - 1, offset + edits + 2))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = goesDown(furthest, offset + diagonal, diagonal, edits)
        ? furthest[offset + diagonal + 1]!
        : furthest[offset + diagonal - 1]! + 1
      let y = x - diagonal
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x++
        y++
      }
      furthest[offset + diagonal] = x
      if (x >= a.length && y >= b.length) return walkBack(trace, a.length, b.length)
    }
  }
  return undefined
}

function goesDown(furthest: Int32Array, at: number, diagonal: number, edits: number): boolean {
  return diagonal === -edits || (diagonal !== edits && furthest[at - 1]! < furthest[at + 1]!)
}

function walkBack(trace: readonly Int32Array[], leftLength: number, rightLength: number): Step[] {
  const steps: Step[] = []
  let x = leftLength
  let y = rightLength
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const before = trace[edits]!
    const diagonal = x - y
    const at = diagonal + edits + 1
    const previous = goesDown(before, at, diagonal, edits) ? diagonal + 1 : diagonal - 1
    const previousX = edits === 0 ? 0 : before[previous + edits + 1]!
    const previousY = edits === 0 ? 0 : previousX - previous
    while (x > previousX && y > previousY) {
      steps.push('same')
      x--
      y--
    }
    if (edits === 0) break
    steps.push(x === previousX ? 'right' : 'left')
    x = previousX
    y = previousY
  }
  return steps.reverse()
}

function toRuns(steps: readonly Step[]): readonly Run[] {
  const runs: Run[] = []
  let left = 0
  let right = 0
  for (let at = 0; at < steps.length; ) {
    const kind = steps[at]!
    let to = at
    while (steps[to] === kind) to++
    const length = to - at
    const leftTo = left + (kind === 'right' ? 0 : length)
    const rightTo = right + (kind === 'left' ? 0 : length)
    runs.push({ kind, leftFrom: left, leftTo, rightFrom: right, rightTo })
    left = leftTo
    right = rightTo
    at = to
  }
  return runs
}
