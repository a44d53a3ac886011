import { expect, it } from 'vitest'
import type { TreeEntry } from '../../archive/tree.ts'
import { limitReading } from './limit-reading.ts'

it('reads no faster than allowed, and everything', async () => {
  let left = 30_000
  async function* one(): AsyncGenerator<TreeEntry> {
    yield {
      kind: 'file',
      name: Buffer.from('a'),
      sizeBytes: 30_000n,
      metadata: { permissions: 0, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] },
      open: () => ({
        read: (into) => {
          const length = Math.min(left, into.length)
          left -= length
          return length
        },
        close: () => {},
      }),
    }
  }
  const startedAt = performance.now()
  let total = 0
  for await (const entry of limitReading(one(), () => 100_000)) {
    if (entry.kind !== 'file') continue
    const content = await entry.open()
    for (let length = -1; length !== 0; total += length) length = await content.read(new Uint8Array(65_536))
    await content.close()
  }
  expect(total).toBe(30_000)
  expect(performance.now() - startedAt).toBeGreaterThan(280)
})
