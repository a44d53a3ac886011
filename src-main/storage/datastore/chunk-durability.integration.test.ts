import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDurability } from './chunk-durability.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'durability-'))
  await mkdir(path.join(root, '.chunks', '0000'), { recursive: true })
})

afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('durability of chunks', () => {
  it.each(['linux', 'darwin'] as const)('is there on %s, also when chunks went meanwhile', async (platform) => {
    // syncfs is a call of Linux; the other way works everywhere.
    const durability = createDurability(root, process.platform === 'linux' ? platform : 'darwin')
    for (let n = 0; n < 1100; n++) {
      const file = path.join(root, '.chunks', '0000', String(n))
      await writeFile(file, 'x')
      await durability.written(file)
    }
    await rm(path.join(root, '.chunks', '0000', '1099'))
    await durability.sync()
    await durability.sync()
  })

  it('is not claimed for a store that is gone', async () => {
    const durability = createDurability(root)
    await rm(path.join(root, '.chunks'), { recursive: true })
    if (process.platform === 'linux') await expect(durability.sync()).rejects.toThrow('ENOENT')
    else await durability.sync()
  })
})
