import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasCasync, runCasync } from '../../engines/casync/casync-program.fixture.ts'
import { extractTree } from '../../sources/files/extract.ts'
import { extractOptions, listener, walkOptions } from '../../sources/files/tree-fixture.ts'
import { walkTree } from '../../sources/files/walk.ts'
import type { Repository, WriteObserver } from '../repository.ts'
import { noise, SampleTree } from '../sample-tree.fixture.ts'
import { Seen } from '../suite/repository-bench.ts'
import { createCasyncRepository, openCasyncRepository } from './casync-repository.ts'
import { makeEveryNode } from './every-node.fixture.ts'

if (!hasCasync) {
  test('nothing was compared with the real program: casync is not on the PATH', () => {
    console.warn('casync is not installed: the comparison with the real program did not run')
  })
}

const { signal } = new AbortController()
const quiet: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' })

/** Nothing, when both trees are the same in everything that rsync knows of. */
const differences = (from: string, to: string): string =>
  run('rsync', '-aHAXnc', '--delete', '--itemize-changes', `${from}/`, `${to}/`)

describe.runIf(hasCasync)('with the real casync', () => {
  let folder: string
  let tree: string
  let address: string
  let repository: Repository
  const at = (name: string) => path.join(folder, name)

  const backup = async (backupId: string, time: number) => {
    const group = { namespace: '', type: 'host', backupId } as const
    const options = { time, mode: 'metadata', compress: true, cryptMode: 'none' } as const
    const writer = await repository.write(group, options, signal)
    const entries = walkTree(tree, { ...walkOptions, readExcludeFiles: false }, listener(), signal)
    await writer.addTree('root', entries, { excludePatterns: [] }, quiet)
    const { ref } = await writer.commit()
    const stamp = `${new Date(ref.time * 1000).toISOString().slice(0, 19)}Z`
    return { ref, index: at(`backups.snapshots/host/${backupId}/${stamp}/root.caidx`) }
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-with-casync-'))
    tree = at('tree')
    await makeEveryNode(tree, { largeBytes: 3_000_000, stepBytes: 1731 })
    address = at('backups.castr')
    await createCasyncRepository(address)
    repository = await openCasyncRepository(address, { threads: 2, now: () => Date.now() })
  })
  afterAll(async () => {
    await repository.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('casync extracts, lists and digests what we made, and rsync finds no difference', async () => {
    const { index } = await backup('extracted', 1000)
    const target = at('theirs')
    const { status, errors } = runCasync([`--store=${address}`, 'extract', index, target])
    expect([status, errors]).toEqual([0, ''])
    expect(differences(tree, target)).toBe('')
    expect(runCasync([`--store=${address}`, 'list', index]).output).toBe(
      runCasync(['--exclude-nodump=no', 'list', tree]).output,
    )
  })

  test('what lies deeper than casync goes is told and counted, and casync extracts the rest', async () => {
    const deep = new SampleTree()
    const folders = (count: number) => Array.from({ length: count }, (_, i) => `d${i}`).join('/')
    deep.set(`${folders(66)}/too-deep`, { content: noise('deep', 1000) })
    deep.set(`${folders(62)}/deep-enough`, { content: noise('deep', 1000) })
    deep.set('z', { content: noise('z', 1000) })
    const group = { namespace: '', type: 'host', backupId: 'deep' } as const
    const options = { time: 1000, mode: 'metadata', compress: true, cryptMode: 'none' } as const
    const seen = new Seen()
    let entries = 0
    seen.entry = () => void entries++
    const writer = await repository.write(group, options, signal)
    await writer.addTree('root', deep.entries(), { excludePatterns: [] }, seen)
    await writer.commit()
    expect(seen.failed).toEqual([64, 65, 66].map(folders).concat(`${folders(66)}/too-deep`))
    expect(entries).toBe(seen.stored + seen.unchanged + seen.failed.length)
    const target = at('deep')
    const index = at('backups.snapshots/host/deep/1970-01-01T00:16:40Z/root.caidx')
    expect(runCasync([`--store=${address}`, 'extract', index, target])).toMatchObject({ status: 0, errors: '' })
    expect(await readFile(path.join(target, folders(62), 'deep-enough'))).toEqual(noise('deep', 1000))
    expect((await readdir(target)).sort()).toEqual(['d0', 'z'])
  })

  test('the index is that of casync make with the same features, also after a backup that read nothing', async () => {
    await utimes(path.join(tree, 'folder'), 1_500_000_000, 1_500_000_000)
    const { index } = await backup('compared', 1000)
    await writeFile(path.join(tree, 'folder/changed'), noise('changed', 100_000))
    const again = await backup('compared', 1001)
    await rm(path.join(tree, 'folder/changed'))
    await utimes(path.join(tree, 'folder'), 1_500_000_000, 1_500_000_000)
    const last = await backup('compared', 1002)
    // Without `.caexclude` files in the tree only the bit in the header differs, which both leave out.
    const options = ['--exclude-nodump=no', '--exclude-file=no', `--store=${at('made.castr')}`]
    const made = runCasync([...options, 'make', at('made.caidx'), tree])
    expect([made.status, made.errors]).toEqual([0, ''])
    await rm(at('made.castr'), { recursive: true })
    const theirs = await readFile(at('made.caidx'))
    await rm(at('made.caidx'))
    expect((await readFile(index)).equals(theirs)).toBe(true)
    expect((await readFile(again.index)).equals(theirs)).toBe(false)
    expect((await readFile(last.index)).equals(theirs)).toBe(true)
  })

  test('what casync made beside the store is a snapshot, and comes back as it was', async () => {
    const made = runCasync(['--exclude-nodump=no', `--store=${address}`, 'make', at('theirs made.caidx'), tree])
    expect([made.status, made.errors]).toEqual([0, ''])
    await writeFile(at('disk'), noise('disk', 1_000_000))
    const disk = runCasync([`--store=${address}`, 'make', at('disk.caibx'), at('disk')])
    expect([disk.status, disk.errors]).toEqual([0, ''])
    const found = await Array.fromAsync(repository.snapshots(signal))
    const adopted = found.filter(({ ref }) => ['theirs_made', 'disk'].includes(ref.backupId))
    expect(adopted.map(({ archives }) => archives.map(({ filename }) => filename))).toEqual([
      ['disk.caibx'],
      ['theirs_made.caidx'],
    ])
    const [image, snapshot] = adopted
    if (snapshot === undefined || image === undefined) throw new Error('not found')
    const reader = await repository.read(snapshot.ref, signal)
    const target = at('ours')
    await mkdir(target)
    const heard = listener()
    await extractTree(reader.walk('theirs_made', { contents: true }, signal), target, extractOptions, heard, signal)
    expect([heard.problems, heard.warnings]).toEqual([[], []])
    expect(differences(tree, target)).toBe('')
    const names = await Array.fromAsync(reader.walk('theirs_made', { contents: false }, signal))
    expect(names.filter(({ kind }) => kind === 'file').length).toBeGreaterThan(40)
    await reader.close()
    const disks = await repository.read(image.ref, signal)
    const parts = await Array.fromAsync(disks.content('disk.caibx', [], { offset: 500_000n, length: 1000n }, signal))
    expect(Buffer.concat(parts).equals(noise('disk', 1_000_000).subarray(500_000, 501_000))).toBe(true)
    await disks.close()
  })

  test('what casync made stays: forgetting it is refused, and garbage collection spares its chunks', async () => {
    const found = await Array.fromAsync(repository.snapshots(signal))
    const adopted = found.find(({ ref }) => ref.backupId === 'theirs_made')
    if (adopted === undefined) throw new Error('not found')
    expect(adopted.protected).toBe(true)
    await expect(repository.maintenance.forget?.(adopted.ref)).rejects.toMatchObject({ code: 'snapshot/protected' })
    await expect(repository.maintenance.setNotes?.(adopted.ref, 'x')).rejects.toMatchObject({
      code: 'snapshot/protected',
    })
    const kept = await repository.maintenance.prune?.({ namespace: '' }, { last: 1 }, { dryRun: true }, signal)
    expect(kept?.filter(({ ref }) => ['theirs_made', 'disk'].includes(ref.backupId))).toEqual([
      expect.objectContaining({ keep: true, protected: true }),
      expect.objectContaining({ keep: true, protected: true }),
    ])
    const eager = await openCasyncRepository(address, { threads: 0, now: () => Date.now() + 1000, graceMs: 0 })
    for (const { ref } of found.filter((each) => !each.protected)) await eager.maintenance.forget?.(ref)
    const report = await eager.maintenance.collectGarbage?.({ progress() {} }, signal)
    await eager.close()
    expect(report?.removedChunks).toBeGreaterThan(0)
    const target = at('after')
    const { status, errors } = runCasync([`--store=${address}`, 'extract', at('theirs made.caidx'), target])
    expect([status, errors]).toEqual([0, ''])
    expect(differences(tree, target)).toBe('')
    expect(await readdir(at('backups.snapshots/host'))).toEqual([])
  })
})
