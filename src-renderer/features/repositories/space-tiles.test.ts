import { expect, test } from 'vitest'
import { folderSpace, spaceReport } from '../../../src-shared/contract/space.ts'
import { folderTiles, largestSource, spaceTiles } from './space-tiles.ts'

const words = { shared: 'Shared', others: 'Others' }

function report(own: readonly number[], sharedBytes = 0) {
  const lineages = own.map((ownBytes, at) => ({
    lineageId: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
    title: `source ${at}`,
    snapshots: 1,
    ownBytes,
  }))
  const storedBytes = own.reduce((sum, bytes) => sum + bytes, sharedBytes)
  return spaceReport.parse({ at: 0, storedBytes, logicalBytes: storedBytes, chunks: 1, sharedBytes, lineages })
}

test('the tiles are all that is stored', () => {
  const own = Array.from({ length: 20 }, (_, at) => 100 - at)
  const tiles = spaceTiles(report([...own, 0], 50), words)
  expect(tiles.map(({ name }) => name)).toEqual([
    'Others',
    ...Array.from({ length: 12 }, (_, at) => `source ${at}`),
    'Shared',
  ])
  expect(tiles.filter(({ lineageId }) => lineageId === undefined).map(({ name }) => name)).toEqual(['Others', 'Shared'])
  expect(tiles.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(report(own, 50).storedBytes)
})

test('the tiles of a folder are all that is in it, and its folders can be opened', () => {
  const sums = (bytes: number) => ({ files: 1, bytes, keptBytes: bytes * 2 })
  const children = Array.from({ length: 14 }, (_, at) => ({
    name: `child ${at}`,
    path: `root/child ${at}`,
    isFolder: at === 0,
    ...sums(20 - at),
  }))
  const all = { files: 15, bytes: 300, keptBytes: 600 }
  const space = folderSpace.parse({ all, children, others: { count: 1, ...sums(1) } })
  for (const by of ['bytes', 'keptBytes'] as const) {
    const tiles = folderTiles(space, by, 'More')
    expect(tiles).toHaveLength(13)
    expect(tiles[0]).toMatchObject({ name: 'More' })
    expect(tiles.flatMap(({ path, isFolder }) => (isFolder ? [path] : []))).toEqual(['root/child 0'])
    expect(tiles.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(all[by])
  }
})

test('a source with more than half of everything is worth a thought, unless it is the only one', () => {
  expect(largestSource(report([70, 20], 10))?.title).toBe('source 0')
  expect(largestSource(report([40, 20], 40))).toBeUndefined()
  expect(largestSource(report([70]))).toBeUndefined()
})
