import { foldText } from '../../../src-shared/model/fold-text.ts'

export interface Piece {
  readonly text: string
  readonly isHit: boolean
}

const letters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** The words of a search inside of a name, compared as the search does. Whole letters are marked, with their accents. */
export function highlight(name: string, search: string): readonly Piece[] {
  const words = foldText(search.trim())
    .split(/\s+/)
    .filter((word) => word !== '')
  // Letters may be longer or shorter when they are folded: for each place in the folded name, its letter.
  const pieces: { text: string; isHit: boolean }[] = []
  const letterAt: number[] = []
  let folded = ''
  for (const { segment } of letters.segment(name)) {
    const plain = foldText(segment)
    for (let at = 0; at < plain.length; at++) letterAt.push(pieces.length)
    folded += plain
    pieces.push({ text: segment, isHit: false })
  }
  for (const word of words) {
    for (let at = folded.indexOf(word); at !== -1; at = folded.indexOf(word, at + word.length)) {
      for (const letter of new Set(letterAt.slice(at, at + word.length))) {
        const piece = pieces[letter]
        if (piece !== undefined) piece.isHit = true
      }
    }
  }
  return joined(pieces)
}

function joined(pieces: readonly Piece[]): readonly Piece[] {
  const runs: { text: string; readonly isHit: boolean }[] = []
  for (const { text, isHit } of pieces) {
    const last = runs.at(-1)
    if (last?.isHit === isHit) last.text += text
    else runs.push({ text, isHit })
  }
  return runs.length === 0 ? [{ text: '', isHit: false }] : runs
}
