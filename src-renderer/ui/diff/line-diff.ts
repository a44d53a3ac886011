import { diffRuns } from './myers.ts'
import { diffWords, type Piece } from './word-diff.ts'

export interface Side {
  /** From 1. */
  readonly line: number
  readonly pieces: readonly Piece[]
}

/** One row of the two texts side by side. A missing side is a filler, which keeps both level. */
export type DiffRow =
  | { readonly kind: 'same'; readonly left: Side; readonly right: Side }
  | { readonly kind: 'change'; readonly left: Side | undefined; readonly right: Side | undefined }

export interface LineDiff {
  readonly rows: readonly DiffRow[]
  readonly added: number
  readonly removed: number
  /** Runs of rows that differ. */
  readonly places: number
}

/** Lines of a text; a line end at the very end starts no further line. */
export function splitLines(text: string): readonly string[] {
  if (text === '') return []
  const lines = text.split(/\r\n|\n|\r/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Two texts, line by line, with the words that differ inside of lines that correspond. */
export function diffLines(leftText: string, rightText: string): LineDiff {
  const left = splitLines(leftText)
  const right = splitLines(rightText)
  const rows: DiffRow[] = []
  let added = 0
  let removed = 0
  let places = 0
  const runs = diffRuns(left, right)
  for (let at = 0; at < runs.length; ) {
    const run = runs[at]!
    if (run.kind === 'same') {
      for (let k = 0; k < run.leftTo - run.leftFrom; k++) {
        const pieces = [{ text: left[run.leftFrom + k]!, isChanged: false }]
        rows.push({
          kind: 'same',
          left: { line: run.leftFrom + k + 1, pieces },
          right: { line: run.rightFrom + k + 1, pieces },
        })
      }
      at++
      continue
    }
    // Everything up to the next common line is one place, whatever the order in which the edits were found.
    const first = run
    let last = run
    while (at < runs.length && runs[at]!.kind !== 'same') last = runs[at++]!
    places++
    removed += last.leftTo - first.leftFrom
    added += last.rightTo - first.rightFrom
    rows.push(...pairUp(left, right, first.leftFrom, last.leftTo, first.rightFrom, last.rightTo))
  }
  return { rows, added, removed, places }
}

function* pairUp(
  left: readonly string[],
  right: readonly string[],
  leftFrom: number,
  leftTo: number,
  rightFrom: number,
  rightTo: number,
): Generator<DiffRow> {
  const most = Math.max(leftTo - leftFrom, rightTo - rightFrom)
  for (let k = 0; k < most; k++) {
    const a = leftFrom + k < leftTo ? left[leftFrom + k] : undefined
    const b = rightFrom + k < rightTo ? right[rightFrom + k] : undefined
    const words = a !== undefined && b !== undefined ? diffWords(a, b) : undefined
    yield {
      kind: 'change',
      left: a === undefined ? undefined : { line: leftFrom + k + 1, pieces: words?.left ?? plain(a) },
      right: b === undefined ? undefined : { line: rightFrom + k + 1, pieces: words?.right ?? plain(b) },
    }
  }
}

function plain(text: string): readonly Piece[] {
  return [{ text, isChanged: false }]
}

/** Rows with long runs of identical lines folded away, three lines of context kept beside every change. */
export type FoldedRow =
  | { readonly kind: 'row'; readonly at: number }
  | { readonly kind: 'fold'; readonly from: number; readonly to: number }

export function foldSame(
  rows: readonly DiffRow[],
  context = 3,
  opened: ReadonlySet<number> = new Set(),
): readonly FoldedRow[] {
  const folded: FoldedRow[] = []
  for (let at = 0; at < rows.length; ) {
    let to = at
    while (rows[to]?.kind === 'same') to++
    if (to === at) {
      folded.push({ kind: 'row', at: at++ })
      continue
    }
    const from = at === 0 ? 0 : at + context
    const until = to === rows.length ? to : to - context
    const isWorthIt = until - from >= 4 && !opened.has(from)
    for (; at < (isWorthIt ? from : to); at++) folded.push({ kind: 'row', at })
    if (!isWorthIt) continue
    folded.push({ kind: 'fold', from, to: until })
    for (at = until; at < to; at++) folded.push({ kind: 'row', at })
  }
  return folded
}
