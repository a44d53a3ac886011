import { expect, test } from 'vitest'
import type { StoredSnapshot } from '../repository.ts'
import { bytes, noise, SampleTree } from '../sample-tree.fixture.ts'
import { type RepositoryBench, randomNumbers, sampleTree } from './repository-bench.ts'

/** Trees written and written again: what is read, what is stored, what comes back. */
export function testTrees(bench: RepositoryBench): void {
  const { newGroup, backup, restored, described, traits } = bench

  test.for(traits.modes)('a tree comes back as it was: %s', async (mode) => {
    const tree = sampleTree()
    const { snapshot } = await backup(newGroup(), 1000, tree, mode)
    expect(await restored(snapshot)).toEqual(await described(tree))
  })

  test('an unchanged tree is not read again, stores nothing, and has the same metadata', async () => {
    const group = newGroup()
    const tree = sampleTree()
    const first = await backup(group, 1000, tree)
    const second = await backup(group, 1001, tree)
    const third = await backup(group, 1002, tree)
    for (const again of [second, third]) {
      expect(again.opened).toEqual([])
      expect(again.seen.newChunks).toBe(0)
      expect(again.seen.unchanged).toBe(first.seen.stored)
      expect(again.snapshot.archives).toEqual(first.snapshot.archives)
    }
    expect(second.seen.taken).toBe(first.seen.taken)
  })

  test('one changed byte reads one file and stores its chunk and the metadata', async () => {
    const group = newGroup()
    const tree = sampleTree()
    await backup(group, 1000, tree)
    const content = noise('data/17', 200_000)
    content[100_000] = (content[100_000] ?? 0) ^ 1
    tree.set('data/17', { content, metadata: { mtimeNs: 5n } })
    const { snapshot, seen, opened } = await backup(group, 1001, tree)
    expect(opened).toEqual(['data/17'])
    expect(seen.newChunks).toBeGreaterThan(0)
    expect(seen.newChunks).toBeLessThanOrEqual(traits.chunksOfOneChange)
    expect(seen.newBytes).toBeLessThan(traits.bytesOfOneChange)
    expect(await restored(snapshot)).toEqual(await described(tree))
    const again = await backup(group, 1002, tree)
    expect(again.opened).toEqual([])
    expect(again.snapshot.archives).toEqual(snapshot.archives)
  })

  test('changed metadata alone is noticed, whichever part it is', async () => {
    const group = newGroup()
    const tree = sampleTree()
    const content = noise('data/3', 200_000)
    const xattrs = [{ name: bytes('user.a'), value: bytes('1') }]
    await backup(group, 1000, tree)
    let time = 1001
    for (const metadata of [{ permissions: 0o600 }, { uid: 7 }, { mtimeNs: 6n }, { flags: 0x80000n }, { xattrs }]) {
      tree.set('data/3', { content, metadata })
      const { opened, snapshot } = await backup(group, time++, tree)
      expect(opened).toEqual(['data/3'])
      expect(await restored(snapshot, ['data/3'])).toHaveLength(3)
    }
  })

  test('through generations of random edits every snapshot stays what it was', async () => {
    const group = newGroup()
    const tree = sampleTree()
    const random = randomNumbers(42)
    const snapshots: { readonly snapshot: StoredSnapshot; readonly tree: readonly string[] }[] = []
    for (let generation = 0; generation < 6; generation++) {
      const { snapshot } = await backup(group, 2000 + generation, tree)
      snapshots.push({ snapshot, tree: await described(tree) })
      for (let edit = 0; edit < 5; edit++) {
        const victim = `data/${Math.floor(random() * 60)}`
        const kind = random()
        if (kind < 0.3) tree.remove(victim)
        else {
          const path = kind < 0.6 ? victim : `${victim}-${generation}`
          const content = noise(`${path}/${generation}`, Math.floor(random() * 400_000))
          tree.set(path, { content, metadata: { mtimeNs: BigInt(generation) } })
        }
      }
    }
    for (const { snapshot, tree: before } of snapshots) expect(await restored(snapshot)).toEqual(before)
  }, 60_000)

  test('renamed files and a file that became a folder are stored under their new names', async () => {
    const group = newGroup()
    const tree = sampleTree()
    await backup(group, 1000, tree)
    tree.remove('data/0')
    tree.set('data/0/inside', { content: noise('inside', 1000) })
    tree.remove('data/1')
    tree.set('zebra', { content: noise('data/1', 200_000) })
    const { snapshot, opened } = await backup(group, 1001, tree)
    expect(opened).toEqual(['data/0/inside', 'zebra'])
    expect(await restored(snapshot)).toEqual(await described(tree))
  })

  test('a file that cannot be read is told and left out, with the links to it', async () => {
    const tree = new SampleTree()
    tree.set('a', { content: bytes('readable') })
    tree.set('b', { isUnreadable: true, content: bytes('secret') })
    tree.set('c', { hardlink: 'b' })
    tree.set('d', { hardlink: 'a' })
    for (const mode of traits.modes.filter((each) => each !== 'metadata')) {
      const { snapshot, seen } = await backup(newGroup(), 1000, tree, mode)
      expect(seen.failed).toEqual(['b', 'c'])
      expect((await restored(snapshot)).map((line) => line.split(' ')[0])).toEqual(['', '/a', '/d'])
    }
  })
}
