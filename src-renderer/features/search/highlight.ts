export interface Piece {
  readonly text: string
  readonly isHit: boolean
}

/** The words of a search inside of a name. Case does not count. */
export function highlight(name: string, search: string): readonly Piece[] {
  const words = search
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const lower = name.toLowerCase()
  // Some letters change their length with their case; then nothing is marked rather than the wrong part.
  if (words.length === 0 || lower.length !== name.length) return [{ text: name, isHit: false }]
  const hit = new Array<boolean>(name.length).fill(false)
  for (const word of words) {
    for (let at = lower.indexOf(word); at !== -1; at = lower.indexOf(word, at + word.length))
      hit.fill(true, at, at + word.length)
  }
  const pieces: Piece[] = []
  for (let at = 0; at < name.length; ) {
    let to = at
    while (to < name.length && hit[to] === hit[at]) to++
    pieces.push({ text: name.slice(at, to), isHit: hit[at] === true })
    at = to
  }
  return pieces
}
