import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describeRepository } from '../describe-repository.ts'
import type { RepositoryTraits } from '../suite/repository-bench.ts'
import { createCasyncRepository, openCasyncRepository } from './casync-repository.ts'

const casyncTraits: RepositoryTraits = {
  modes: ['metadata', 'data'],
  treeFiles: ['root.caidx', 'root.entries.caibx'],
  treeFile: 'root.caidx',
  streamFile: 'dump.sql.caibx',
  imageFile: 'disk.img.caibx',
  imageChunks: undefined,
  keepsHardLinks: false,
  // The time stands beside the content: the chunk with the one, that with the other, and the list of entries.
  chunksOfOneChange: 3,
  bytesOfOneChange: 2 * 262_144 + 65_536,
}

for (const [name, threads, compression] of [
  ['a casync store', 0, 'zstd'],
  ['a casync store, worked on by threads', 2, 'gzip'],
] as const) {
  describeRepository(
    name,
    'none',
    async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-casync-'))
      const address = path.join(folder, 'backups.castr')
      await createCasyncRepository(address)
      const repository = await openCasyncRepository(address, { threads, compression, now: () => Date.now() })
      return {
        repository,
        dispose: async () => {
          await repository.close()
          await rm(folder, { recursive: true })
        },
      }
    },
    casyncTraits,
  )
}
