import type { FolderSpace, SpaceReport } from '../../../src-shared/contract/space.ts'

/** Tiles that are told apart; the rest becomes one. */
const MOST = 12

export interface SourceTile {
  readonly name: string
  readonly bytes: number
  /** Absent for those that stand for several. */
  readonly lineageId?: SpaceReport['lineages'][number]['lineageId'] | undefined
}

export interface TileWords {
  readonly shared: string
  readonly others: string
}

/** What the map of a repository shows: a tile for each source, one for the small ones, one for what several share. */
export function spaceTiles({ lineages, sharedBytes }: SpaceReport, words: TileWords): readonly SourceTile[] {
  const own = lineages.filter(({ ownBytes }) => ownBytes > 0)
  const rest = own.slice(MOST).reduce((sum, { ownBytes }) => sum + ownBytes, 0)
  return [
    ...own.slice(0, MOST).map(({ title, ownBytes, lineageId }) => ({ name: title, bytes: ownBytes, lineageId })),
    ...(rest > 0 ? [{ name: words.others, bytes: rest }] : []),
    ...(sharedBytes > 0 ? [{ name: words.shared, bytes: sharedBytes }] : []),
  ].toSorted((a, b) => b.bytes - a.bytes)
}

export interface FolderTile {
  readonly name: string
  readonly bytes: number
  /** Absent for the one that stands for the rest. */
  readonly path?: string
  readonly isFolder: boolean
}

/** The same for a folder: its largest children, and the rest as one. */
export function folderTiles(
  { all, children }: FolderSpace,
  by: 'bytes' | 'keptBytes',
  others: string,
): readonly FolderTile[] {
  const told = children.slice(0, MOST)
  const rest = all[by] - told.reduce((sum, child) => sum + child[by], 0)
  return [
    ...told.map((child) => ({ name: child.name, bytes: child[by], path: child.path, isFolder: child.isFolder })),
    ...(rest > 0 ? [{ name: others, bytes: rest, isFolder: false }] : []),
  ].toSorted((a, b) => b.bytes - a.bytes)
}

/** The source that is worth a thought: one of several that has more alone than half of everything. */
export function largestSource({ lineages, storedBytes }: SpaceReport): SpaceReport['lineages'][number] | undefined {
  const [first] = lineages
  return lineages.length > 1 && first !== undefined && first.ownBytes > storedBytes / 2 ? first : undefined
}
