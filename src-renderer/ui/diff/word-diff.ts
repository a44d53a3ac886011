import { diffRuns } from './myers.ts'

/** A piece of a line; `isChanged` is what the other side does not have there. */
export interface Piece {
  readonly text: string
  readonly isChanged: boolean
}

/** Longer lines are not looked into: minified code has no words. */
const LONGEST_LINE = 2000
/** Below this share of equal text the two lines are different lines, and marking words would only be noise. */
const LEAST_ALIKE = 0.3

/** Words, and every other character on its own. */
export function splitWords(line: string): readonly string[] {
  return line.match(/[\p{L}\p{N}_]+|\s|[^\p{L}\p{N}_\s]/gu) ?? []
}

/** The words that differ between two versions of a line; whole lines when they have too little in common. */
export function diffWords(
  left: string,
  right: string,
): { readonly left: readonly Piece[]; readonly right: readonly Piece[] } {
  const whole = { left: [{ text: left, isChanged: false }], right: [{ text: right, isChanged: false }] }
  if (left.length > LONGEST_LINE || right.length > LONGEST_LINE) return whole
  const a = splitWords(left)
  const b = splitWords(right)
  const leftPieces: Piece[] = []
  const rightPieces: Piece[] = []
  let same = 0
  for (const run of diffRuns(a, b)) {
    const leftText = a.slice(run.leftFrom, run.leftTo).join('')
    const rightText = b.slice(run.rightFrom, run.rightTo).join('')
    if (run.kind === 'same') same += leftText.trim().length
    if (run.kind !== 'right') leftPieces.push({ text: leftText, isChanged: run.kind === 'left' })
    if (run.kind !== 'left') rightPieces.push({ text: rightText, isChanged: run.kind === 'right' })
  }
  const longest = Math.max(left.trim().length, right.trim().length)
  if (longest > 0 && same / longest < LEAST_ALIKE) return whole
  return { left: joinAcrossSpace(leftPieces), right: joinAcrossSpace(rightPieces) }
}

/** Two marked words with only a space between them become one mark: easier on the eye. */
function joinAcrossSpace(pieces: readonly Piece[]): readonly Piece[] {
  const joined: Piece[] = []
  for (const [at, piece] of pieces.entries()) {
    const isGap = !piece.isChanged && piece.text.trim() === '' && pieces[at - 1]?.isChanged && pieces[at + 1]?.isChanged
    const isChanged = piece.isChanged || isGap === true
    const last = joined.at(-1)
    if (last !== undefined && last.isChanged === isChanged) {
      joined[joined.length - 1] = { text: last.text + piece.text, isChanged }
    } else joined.push({ text: piece.text, isChanged })
  }
  return joined
}
