import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createStoreSync } from './store-sync.ts'

// syncfs is a call of Linux; the other way works everywhere.
test.each(['linux', 'darwin'] as const)(
  'S-01: as on %s: many chunks are synced, also when one is gone',
  async (platform) => {
    const root = await mkdtemp(path.join(tmpdir(), 'castr-sync-'))
    try {
      const store = createStoreSync(root, process.platform === 'linux' ? platform : process.platform)
      await store.sync() // nothing to do
      await mkdir(path.join(root, '0000'))
      for (let number = 0; number < 1100; number++) {
        const file = path.join(root, '0000', String(number))
        await writeFile(file, 'x')
        await store.written(file)
      }
      await rm(path.join(root, '0000', '1050'))
      await store.sync()
      await rm(root, { recursive: true })
      await expect(store.written(path.join(root, '0000', 'x')).then(() => store.sync())).rejects.toThrow('ENOENT')
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  },
)
