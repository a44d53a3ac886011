import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import { describeRepository } from '../describe-repository.ts'
import { createDatastoreRepository } from './datastore-repository.ts'

const key = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))

for (const [cryptMode, threads] of [
  ['none', 2],
  ['encrypt', 0],
  ['sign-only', 0],
] as const) {
  describeRepository('a local datastore', cryptMode, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-repository-'))
    const store = await createSmallStore(path.join(folder, 'store'))
    const keys = cryptMode === 'none' ? [] : [key]
    const repository = createDatastoreRepository(store, { keys, threads, now: () => Date.now() })
    return {
      repository,
      dispose: async () => {
        await repository.close()
        await rm(folder, { recursive: true })
      },
    }
  })
}
