import { afterAll, beforeAll, describe } from 'vitest'
import type { WriteOptions } from './repository.ts'
import { RepositoryBench, type RepositoryTraits, type RepositoryUnderTest } from './suite/repository-bench.ts'
import { testGroups } from './suite/test-groups.ts'
import { testImages } from './suite/test-images.ts'
import { testReading } from './suite/test-reading.ts'
import { testTrees } from './suite/test-trees.ts'

const pbsTraits: RepositoryTraits = {
  modes: ['metadata', 'data', 'legacy'],
  treeFiles: ['root.ppxar.didx', 'root.mpxar.didx'],
  treeFile: 'root.mpxar.didx',
  streamFile: 'dump.sql.didx',
  imageFile: 'disk.img.fidx',
  imageChunks: { count: 6, unique: 5 },
  keepsHardLinks: true,
  chunksOfOneChange: 2,
  bytesOfOneChange: 300_000,
}

/** What every repository must do (style G6). `open` is called once; each test uses a group of its own. */
export function describeRepository(
  name: string,
  cryptMode: WriteOptions['cryptMode'],
  open: () => Promise<RepositoryUnderTest>,
  traits: RepositoryTraits = pbsTraits,
): void {
  describe(`${name}, crypt mode ${cryptMode}`, () => {
    const bench = new RepositoryBench(cryptMode, traits)
    beforeAll(() => bench.open(open), 60_000)
    afterAll(() => bench.close())

    testTrees(bench)
    testReading(bench)
    testImages(bench)
    testGroups(bench)
  })
}
