import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CasyncIndex } from '../../engines/casync/index/casync-index.ts'
import { plainChunkPath } from '../../engines/casync/store/layout.ts'
import type { Repository, VerifyObserver, WriteObserver } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'
import { createCasyncRepository, openCasyncRepository } from './casync-repository.ts'

const { signal } = new AbortController()
const quiet: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const progress = { progress() {} }
const group = { namespace: 'a/b', type: 'host', backupId: 'elsa' } as const

let folder: string
let address: string
let repository: Repository
let clock = Date.now()

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-casync-care-'))
  address = path.join(folder, 'store.castr')
  await createCasyncRepository(address)
  repository = await openCasyncRepository(address, { threads: 0, now: () => clock })
})
afterEach(async () => {
  await repository.close()
  await rm(folder, { recursive: true })
})

function tree(): SampleTree {
  const sample = new SampleTree()
  sample.set('big', { content: noise('big', 2_000_000) })
  for (let i = 0; i < 20; i++) sample.set(`small/${i}`, { content: noise(`small ${i}`, 3000) })
  return sample
}

async function backup(time: number, sample = tree(), mode: 'metadata' | 'data' = 'metadata', observer = quiet) {
  const options = { time, mode, compress: true, cryptMode: 'none' } as const
  const writer = await repository.write(group, options, signal)
  try {
    await writer.addTree('root', sample.entries(), { excludePatterns: [] }, observer)
    await writer.addBlob('facts', bytes('known'))
    return await writer.commit()
  } finally {
    await writer.discard()
  }
}

const folderOf = (time: number) =>
  path.join(folder, 'store.snapshots/ns/a/ns/b/host/elsa', `${new Date(time * 1000).toISOString().slice(0, 19)}Z`)

async function indexOf(time: number, filename = 'root.caidx'): Promise<CasyncIndex> {
  return CasyncIndex.parse(await readFile(path.join(folderOf(time), filename)))
}

async function verify(options: Parameters<NonNullable<Repository['maintenance']['verify']>>[0] = {}) {
  const told: string[] = []
  const observer: VerifyObserver = {
    total: (count) => void told.push(`total ${count}`),
    checked() {},
    snapshotDone: ({ time }, isOk) => void told.push(`${time} ${isOk}`),
    corrupt: ({ digest, filename }) => void told.push(`corrupt ${digest ?? filename}`),
  }
  return { result: await repository.maintenance.verify?.(options, observer, signal), told }
}

async function restored(time: number): Promise<string[]> {
  const reader = await repository.read({ ...group, time }, signal)
  try {
    return await describeTree(reader.walk('root', { contents: true }, signal))
  } finally {
    await reader.close()
  }
}

const stored = async () =>
  (await Array.fromAsync(repository.snapshots(signal))).map(({ ref: { time }, ...rest }) => ({ time, ...rest }))

describe('verification', () => {
  test('what is whole is marked so, and is skipped the next time', async () => {
    await backup(1000)
    const { result, told } = await verify()
    expect(result).toMatchObject({ snapshots: 1, corrupt: [], affected: [] })
    expect(result?.chunks).toBeGreaterThan(10)
    expect(told).toEqual(['total 1', '1000 true'])
    expect((await stored())[0]?.verify).toEqual({ state: 'ok', at: clock })
    expect((await verify({ skipVerifiedSince: clock - 1 })).told).toEqual(['total 0'])
  })

  test('a damaged chunk is set aside, its snapshots and files are named, and the next backup stores it anew', async () => {
    await backup(1000)
    const index = await indexOf(1000)
    const { digest } = index.chunkAt(1_000_000n) ?? { digest: index.digestAt(0) }
    const file = `${plainChunkPath(address, digest)}.cacnk`
    const content = await readFile(file)
    content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 4
    await rm(file)
    await writeFile(file, content)
    const { result, told } = await verify()
    expect(result).toMatchObject({
      corrupt: [digest],
      affected: [{ ref: { ...group, time: 1000 }, files: ['root/big'] }],
    })
    expect(told).toEqual(['total 1', `corrupt ${digest}`, '1000 false'])
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
    await expect(restored(1000)).rejects.toMatchObject({ code: 'chunk/missing' })
    // Its base is known to be damaged: every file is read, and the missing chunk comes back, also for the old one.
    const sample = tree()
    await backup(1001, sample)
    expect(sample.opened).toContain('big')
    expect(await restored(1000)).toEqual(await describeTree(tree().entries()))
    expect((await verify()).result).toMatchObject({ snapshots: 2, corrupt: [], affected: [] })
  })

  test('a chunk that vanished is noticed by the next backup, which reads the file again', async () => {
    await backup(1000)
    const index = await indexOf(1000)
    const { digest } = index.chunkAt(1_000_000n) ?? { digest: index.digestAt(0) }
    await rm(`${plainChunkPath(address, digest)}.cacnk`)
    const sample = tree()
    await backup(1001, sample)
    expect(sample.opened).toEqual(['big'])
    expect(await restored(1001)).toEqual(await describeTree(tree().entries()))
  })

  test('a damaged index, blob or manifest is told by its name', async () => {
    for (const [at, filename] of ['root.caidx', 'facts.blob', 'root.entries.caibx'].entries()) {
      const time = 2010 + at
      await backup(time, tree(), 'data')
      const file = path.join(folderOf(time), filename)
      const content = await readFile(file)
      content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 1
      await writeFile(file, content)
      const { told } = await verify({ snapshots: [{ ...group, time }] })
      expect(told.slice(-2)).toEqual([`corrupt ${filename}`, `${time} false`])
    }
    await writeFile(path.join(folderOf(2010), 'snapshot.json'), '{"format":"holdfast casync snapshot","version":1}')
    const damaged = (await stored()).find(({ time }) => time === 2010)
    expect(damaged?.problem).toMatch(/backup-type/)
    await expect(restored(2010)).rejects.toMatchObject({ code: 'manifest/corrupt' })
    expect((await verify({ snapshots: [{ ...group, time: 2010 }] })).told.at(-1)).toBe('2010 false')
  })
})

describe('what is kept', () => {
  test('prune, protect, notes and forget', async () => {
    for (const time of [1000, 1001, 1002, 1003]) await backup(time)
    await repository.maintenance.protect?.({ ...group, time: 1000 }, true)
    await repository.maintenance.setNotes?.({ ...group, time: 1003 }, 'before the holidays')
    await expect(repository.maintenance.forget?.({ ...group, time: 1000 })).rejects.toMatchObject({
      code: 'snapshot/protected',
    })
    const prune = async (dryRun: boolean) =>
      (await repository.maintenance.prune?.(group, { last: 1 }, { dryRun }, signal))?.map(({ ref, keep }) => [
        ref.time,
        keep,
      ])
    const expected = [
      [1000, true],
      [1001, false],
      [1002, false],
      [1003, true],
    ]
    expect(await prune(true)).toEqual(expected)
    expect(await stored()).toHaveLength(4)
    expect(await prune(false)).toEqual(expected)
    expect(await stored()).toMatchObject([
      { time: 1000, protected: true, notes: '' },
      { time: 1003, protected: false, notes: 'before the holidays' },
    ])
    await repository.maintenance.protect?.({ ...group, time: 1000 }, false)
    await repository.maintenance.forget?.({ ...group, time: 1000 })
    expect(await stored()).toMatchObject([{ time: 1003 }])
  })

  test('garbage is what no index names and nobody used for a day', async () => {
    await backup(1000)
    const other = tree()
    other.set('big', { content: noise('another', 1_000_000), metadata: { mtimeNs: 1n } })
    await backup(1001, other)
    await repository.maintenance.forget?.({ ...group, time: 1001 })
    const young = await repository.maintenance.collectGarbage?.(progress, signal)
    expect(young).toMatchObject({ removedChunks: 0, removedBytes: 0 })
    expect(young?.pendingChunks).toBeGreaterThan(2)
    clock += 25 * 3_600_000
    const old = await repository.maintenance.collectGarbage?.(progress, signal)
    expect(old).toMatchObject({ removedChunks: young?.pendingChunks, pendingChunks: 0 })
    expect(await restored(1000)).toEqual(await describeTree(tree().entries()))
    expect((await verify()).result).toMatchObject({ corrupt: [] })
  })

  test('an index that cannot be read keeps everything', async () => {
    await backup(1000)
    await repository.maintenance.forget?.({ ...group, time: 1000 })
    await writeFile(path.join(folder, 'somebody.caidx'), 'is not finished with this')
    clock += 25 * 3_600_000
    const count = async () => (await readdir(address, { recursive: true })).length
    const before = await count()
    await expect(repository.maintenance.collectGarbage?.(progress, signal)).rejects.toMatchObject({
      code: 'index/corrupt',
    })
    expect(await count()).toBe(before)
  })

  test('how much room there is', async () => {
    const usage = await repository.maintenance.usage?.(signal)
    expect(usage?.totalBytes).toBeGreaterThan(0)
    expect(usage).toMatchObject({ at: clock })
  })
})

describe('what casync has no form for', () => {
  test.each([
    { cryptMode: 'encrypt', mode: 'data' },
    { cryptMode: 'sign-only', mode: 'data' },
    { cryptMode: 'none', mode: 'legacy' },
  ] as const)('is refused, with what to do instead: %o', async (options) => {
    const writing = repository.write(group, { time: 1, compress: true, ...options }, signal)
    await expect(writing).rejects.toMatchObject({ code: 'repository/unsupported', hint: expect.stringMatching(/\.$/) })
    expect(await stored()).toEqual([])
  })

  test('is told for every entry, where the rest of the entry can be kept', async () => {
    const sample = new SampleTree()
    const xattrs = [{ name: bytes('security.ima'), value: bytes('x') }]
    sample.set('late', { content: bytes('x'), metadata: { mtimeNs: 2n ** 64n } })
    sample.set('old', { content: bytes('x'), metadata: { mtimeNs: -5n } })
    sample.set('signed', { content: bytes('x'), metadata: { xattrs } })
    const told: string[] = []
    const observer: WriteObserver = {
      ...quiet,
      entryFailed: (file, reason, partial) => void told.push(`${file} ${partial} ${reason}`),
    }
    await backup(1000, sample, 'metadata', observer)
    expect(told).toEqual([
      expect.stringMatching(/^late true .*2486/),
      expect.stringMatching(/^old true .*1970/),
      expect.stringMatching(/^signed true .*security\.ima/),
    ])
    sample.opened.length = 0
    await backup(1001, sample)
    expect(sample.opened).toEqual([]) // what was lost does not make it look changed
  })

  test('ends the backup with the path where it cannot', async () => {
    const sample = new SampleTree()
    sample.set('folder/owned', { content: bytes('x'), metadata: { uid: 65_535 } })
    await expect(backup(1000, sample)).rejects.toMatchObject({
      code: 'input/invalid',
      detail: expect.stringMatching(/^folder\/owned: /),
    })
    expect(await stored()).toEqual([])
  })
})

test('what a crash left of a backup is cleared away by the next one', async () => {
  const options = { time: 1000, mode: 'data', compress: false, cryptMode: 'none' } as const
  const writer = await repository.write(group, options, signal)
  await writer.addTree('root', tree().entries(), { excludePatterns: [] }, quiet)
  await writer.discard()
  await writeFile(path.join(folder, 'not a folder'), '')
  await backup(1001)
  await rm(path.join(folderOf(1001), 'snapshot.json'))
  expect(await stored()).toEqual([])
  await backup(1002)
  expect(await readdir(path.dirname(folderOf(1002)))).toEqual(
    expect.not.arrayContaining([path.basename(folderOf(1001))]),
  )
  expect(await restored(1002)).toEqual(await describeTree(tree().entries()))
})

test('further names of a file get its content, wherever that is by then', async () => {
  const sample = new SampleTree()
  sample.set('a large', { content: noise('large', 3_000_000) })
  sample.set('b next to it', { hardlink: 'a large' })
  sample.set('c small', { content: noise('small', 100) })
  sample.set('d next to it', { hardlink: 'c small' })
  sample.set('e empty', {})
  sample.set('f next to it', { hardlink: 'e empty' })
  for (let i = 0; i < 30; i++) sample.set(`g/${i}`, { content: noise(`${i}`, 30_000) })
  sample.set('h of the first', { hardlink: 'a large' })
  sample.set('i of one between', { hardlink: 'g/17' })
  sample.set('j of a link', { hardlink: 'g/29' })
  await backup(1000, sample)
  const expected = await describeTree(sample.entriesWithoutLinks())
  expect(await restored(1000)).toEqual(expected)
  // The same with most of it taken over, and the first name changed.
  sample.set('g/17', { content: noise('changed', 40_000), metadata: { mtimeNs: 7n } })
  sample.opened.length = 0
  await backup(1001, sample)
  expect(sample.opened).toEqual(['g/17'])
  expect(await restored(1001)).toEqual(await describeTree(sample.entriesWithoutLinks()))
  expect(await restored(1000)).toEqual(expected)
})
