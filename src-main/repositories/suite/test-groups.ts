import { expect, test } from 'vitest'
import { type RepositoryBench, Seen, sampleTree } from './repository-bench.ts'

/** Snapshots in their group: when they exist, who may write, what protects them. */
export function testGroups(bench: RepositoryBench): void {
  const { newGroup, backup, csumOf, traits, cryptMode, signal } = bench

  test('a snapshot is invisible until it is committed, and gone when it is discarded', async () => {
    const group = newGroup()
    const listed = async () => {
      const found: number[] = []
      for await (const { ref } of bench.repository.snapshots(signal))
        if (ref.backupId === group.backupId) found.push(ref.time)
      return found
    }
    const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
    const writer = await bench.repository.write(group, options, signal)
    await writer.addTree('root', sampleTree().entries(), { excludePatterns: [] }, new Seen())
    expect(await listed()).toEqual([])
    await writer.discard()
    expect(await listed()).toEqual([])
    const { snapshot } = await backup(group, 1000, sampleTree())
    expect(await listed()).toEqual([1000])
    expect(snapshot.archives.map(({ filename }) => filename)).toEqual(traits.treeFiles)
    await expect(bench.repository.read({ ...group, time: 999 }, signal)).rejects.toMatchObject({
      code: 'snapshot/unknown',
    })
  })

  test('a group takes one writer at a time, and only newer snapshots', async () => {
    const group = newGroup()
    const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
    const writer = await bench.repository.write(group, options, signal)
    await expect(bench.repository.write(group, { ...options, time: 1001 }, signal)).rejects.toMatchObject({
      code: 'repository/locked',
    })
    await writer.discard()
    await backup(group, 1000, sampleTree())
    await expect(bench.repository.write(group, options, signal)).rejects.toMatchObject({ code: 'snapshot/exists' })
  })

  test('an aborted backup ends with the reason and leaves nothing behind', async () => {
    const group = newGroup()
    const abort = new AbortController()
    const options = { time: 1000, mode: 'data', compress: true, cryptMode } as const
    const writer = await bench.repository.write(group, options, abort.signal)
    const reason = new Error('stopped by the person')
    const seen = new Seen()
    seen.entryDone = () => {
      if (seen.taken > 4_000_000) abort.abort(reason)
    }
    const adding = writer.addTree('root', sampleTree().entries(), { excludePatterns: [] }, seen)
    await expect(adding).rejects.toBe(reason)
    await writer.discard()
    await backup(group, 1000, sampleTree())
  })

  test('every archive says how it is protected', async () => {
    const { snapshot } = await backup(newGroup(), 1000, sampleTree())
    expect(new Set(snapshot.archives.map((archive) => archive.cryptMode))).toEqual(new Set([cryptMode]))
    expect(snapshot.keyFingerprint === undefined).toBe(cryptMode === 'none')
    expect(csumOf(snapshot, traits.treeFile)).toMatch(/^[0-9a-f]{64}$/)
  })
}
