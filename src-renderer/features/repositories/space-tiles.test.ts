import { expect, test } from 'vitest'
import { spaceReport } from '../../../src-shared/contract/space.ts'
import { largestSource, spaceTiles } from './space-tiles.ts'

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
  const tiles = spaceTiles(report([...Array.from({ length: 20 }, (_, at) => 100 - at), 0], 50), words)
  expect(tiles.map(({ name }) => name).slice(-3)).toEqual(['source 11', 'Others', 'Shared'])
  expect(tiles.reduce((sum, { value }) => sum + value, 0)).toBe(
    report(
      Array.from({ length: 20 }, (_, at) => 100 - at),
      50,
    ).storedBytes,
  )
})

test('a source with more than half of everything is worth a thought, unless it is the only one', () => {
  expect(largestSource(report([70, 20], 10))?.title).toBe('source 0')
  expect(largestSource(report([40, 20], 40))).toBeUndefined()
  expect(largestSource(report([70]))).toBeUndefined()
})
