import type { SpaceReport } from '../../../src-shared/contract/space.ts'

/** Tiles that are told apart; the rest becomes one. */
const MOST = 12
const colors = ['teal.5', 'teal.7', 'blue.5', 'teal.3'] as const

export interface Tile {
  readonly name: string
  readonly value: number
  readonly color: string
}

export interface TileWords {
  readonly shared: string
  readonly others: string
}

/** What the map of a repository shows: a tile for each source, one for the small ones, one for what several share. */
export function spaceTiles({ lineages, sharedBytes }: SpaceReport, words: TileWords): readonly Tile[] {
  const own = lineages.filter(({ ownBytes }) => ownBytes > 0)
  const tiles: Tile[] = own.slice(0, MOST).map(({ title, ownBytes }, at) => ({
    name: title,
    value: ownBytes,
    color: colors[at % colors.length] ?? colors[0],
  }))
  const rest = own.slice(MOST).reduce((sum, { ownBytes }) => sum + ownBytes, 0)
  if (rest > 0) tiles.push({ name: words.others, value: rest, color: 'gray.4' })
  if (sharedBytes > 0) tiles.push({ name: words.shared, value: sharedBytes, color: 'gray.5' })
  return tiles
}

/** The source that is worth a thought: one of several that has more alone than half of everything. */
export function largestSource({ lineages, storedBytes }: SpaceReport): SpaceReport['lineages'][number] | undefined {
  const [first] = lineages
  return lineages.length > 1 && first !== undefined && first.ownBytes > storedBytes / 2 ? first : undefined
}
