import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runChild } from '../../storage/datastore/testing/child-script.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import { openDatastoreRepository } from '../datastore/datastore-repository.ts'
import { describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'

const { signal } = new AbortController()
const quiet = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const snapshots = 3

function sample(): SampleTree {
  const tree = new SampleTree()
  for (let i = 10; i < 40; i++) tree.set(`data/${i}`, { content: noise(`file ${i}`, 200_000) })
  tree.set('data/25-secret', { content: noise('secret', 300_000) })
  return tree
}

test('a process that is killed while it removes a path leaves every snapshot as it was, or without it', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'holdfast-killed-'))
  try {
    await createSmallStore(root)
    const whole = await describeTree(sample().entries())
    const less = sample()
    less.remove('data/25-secret')
    const without = await describeTree(less.entries())
    const open = () => openDatastoreRepository(root, { keys: [], threads: 0, now: Date.now })

    const first = await open()
    for (let n = 1; n <= snapshots; n++) {
      const options = { time: n * 1000, mode: 'metadata', compress: true, cryptMode: 'none' } as const
      const writer = await first.write(group, options, signal)
      await writer.addTree('root', sample().entries(), { excludePatterns: [] }, quiet)
      await writer.commit()
    }
    await first.close()

    for (let round = 0; ; round++) {
      const child = runChild(
        root,
        `import { openDatastoreRepository } from 'ds/../../repositories/datastore/datastore-repository.ts'
         const { signal } = new AbortController()
         const repository = await openDatastoreRepository(root, { keys: [], threads: 0, now: Date.now })
         const remover = repository.maintenance.removePaths([{ tree: 'root', names: ['data', '25-secret'].map((name) => Buffer.from(name)) }])
         const observer = { bytes() {}, chunk() {} }
         console.log('go')
         for (let n = 1; n <= ${snapshots}; n++) {
           const ref = { ...${JSON.stringify(group)}, time: n * 1000 }
           await remover.remove(ref, { canBeProtected: false, observer }, signal)
         }`,
      )
      await child.line()
      // The last one is not killed.
      const isLast = round === 8
      if (!isLast) await delay(round * 37)
      if (isLast) expect(await child.end()).toBe(0)
      else await child.kill()

      const repository = await open()
      const found: string[][] = []
      for await (const { ref } of repository.snapshots(signal)) {
        const reader = await repository.read(ref, signal)
        found.push(await describeTree(reader.walk('root', { contents: true }, signal)))
        await reader.close()
      }
      await repository.close()
      expect(found).toHaveLength(snapshots)
      for (const each of found) expect([whole, without]).toContainEqual(each)
      // An empty folder of somebody who died before it was told where it belongs stays for an hour.
      const left = await readdir(path.join(root, '.replacing'), { recursive: true }).catch(() => [])
      expect(left.filter((name) => name.endsWith('.didx'))).toEqual([])
      if (!isLast) continue
      expect(found).toEqual([without, without, without])
      return
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
