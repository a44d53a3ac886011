import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Datastore, openDatastore } from '../../storage/datastore/datastore.ts'
import type { OpenNew } from '../../storage/datastore/durable-file.ts'
import { openNew } from '../../storage/datastore/durable-file.ts'
import { chunkPath } from '../../storage/datastore/layout.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import { DynamicIndex } from '../../storage/dynamic-index.ts'
import type { Repository, StoredSnapshot, VerifyObserver, WriteObserver } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'
import { createDatastoreRepository } from './datastore-repository.ts'

const { signal } = new AbortController()
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const quiet: VerifyObserver = { total() {}, checked() {}, snapshotDone() {}, corrupt() {} }

let folder: string
let store: Datastore
let repository: Repository

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-damage-'))
  store = await createSmallStore(path.join(folder, 'store'))
  repository = createDatastoreRepository(store, { keys: [], threads: 0, now: () => Date.now() })
})

afterEach(async () => {
  await repository.close()
  await rm(folder, { recursive: true })
})

test('a flipped bit is found and named by file; untouched files restore, the touched one fails, the next backup heals', async () => {
  const tree = sampleTree()
  const { snapshot } = await backup(1000, tree)
  const victim = await chunkOf(snapshot, 'root.ppxar.didx', 1)
  const content = await readFile(victim)
  content[5000] = (content[5000] ?? 0) ^ 1
  await writeFile(victim, content)

  const result = await repository.maintenance.verify?.({}, quiet, signal)
  expect(result?.corrupt).toEqual([path.basename(victim)])
  const files = result?.affected[0]?.files ?? []
  expect(files.length).toBeGreaterThan(0)
  expect(files.every((file) => /^root\/data\/\d+$/.test(file))).toBe(true)
  expect(files.length).toBeLessThan(30)

  const reader = await repository.read(snapshot.ref, signal)
  const names = Array.from({ length: 60 }, (_, i) => `data/${i}`)
  const outcomes = new Map<string, string>()
  for (const name of names) {
    const parts = reader.content('root', name.split('/').map(bytes), { offset: 0n }, signal)
    const outcome = await Array.fromAsync(parts).then(
      (pieces) => (Buffer.concat(pieces).equals(noise(name, 200_000)) ? 'whole' : 'other'),
      (error: { code: string }) => error.code,
    )
    outcomes.set(`root/${name}`, outcome)
  }
  await reader.close()
  for (const [name, outcome] of outcomes) expect(outcome).toBe(files.includes(name) ? 'chunk/missing' : 'whole')

  const healed = await backup(1001, tree)
  expect(healed.opened).toHaveLength(61) // a snapshot that failed verification is not built upon
  expect(healed.newChunks).toBeGreaterThanOrEqual(1)
  expect((await repository.maintenance.verify?.({}, quiet, signal))?.corrupt).toEqual([])
})

test('a damaged chunk that nobody verified yet ends the restore of its files with chunk/corrupt', async () => {
  const { snapshot } = await backup(1000, sampleTree())
  const victim = await chunkOf(snapshot, 'root.ppxar.didx', 0)
  const content = await readFile(victim)
  content[5000] = (content[5000] ?? 0) ^ 1
  await writeFile(victim, content)
  const reader = await repository.read(snapshot.ref, signal)
  await expect(describeTree(reader.walk('root', { contents: true }, signal))).rejects.toMatchObject({
    code: 'chunk/corrupt',
  })
  await reader.close()
})

test('when chunks of the previous snapshot are gone, just their files are read again', async () => {
  const tree = sampleTree()
  const { snapshot } = await backup(1000, tree)
  await rm(await chunkOf(snapshot, 'root.ppxar.didx', 2))
  const again = await backup(1001, tree)
  expect(again.opened.length).toBeGreaterThan(0)
  expect(again.opened.length).toBeLessThan(61)
  expect(await restored(again.snapshot)).toEqual(await describeTree(tree.entries()))
})

test('a previous snapshot with a damaged manifest or index is not built upon, and does not stop the backup', async () => {
  const tree = sampleTree()
  const { snapshot } = await backup(1000, tree)
  const index = path.join(folderOf(snapshot), 'root.ppxar.didx')
  const content = await readFile(index)
  content[4100] = (content[4100] ?? 0) ^ 1
  await writeFile(index, content)
  expect((await backup(1001, tree)).opened).toHaveLength(61)
})

test('a full disk ends the backup with its name and leaves no snapshot', async () => {
  let left = 5
  const failing: OpenNew = async (file, mode) => {
    if (--left < 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    return await openNew(file, mode)
  }
  const full = createDatastoreRepository(await openDatastore(store.path, { openFile: failing }), {
    keys: [],
    threads: 0,
    now: () => Date.now(),
  })
  const writer = await full.write(group, { time: 1000, mode: 'data', compress: true, cryptMode: 'none' }, signal)
  const adding = writer.addTree('root', sampleTree().entries(), { excludePatterns: [] }, new Counting())
  await expect(adding).rejects.toMatchObject({ code: 'disk/full' })
  await writer.discard()
  await full.close()
  expect(await Array.fromAsync(repository.snapshots(signal))).toEqual([])
})

test('a backup killed in the midst is not listed; the next one uses its chunks', async () => {
  const source = path.join(folder, 'killed.ts')
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  await writeFile(
    source,
    `import { openDatastoreRepository } from ${url('datastore-repository.ts')}
import { SampleTree, noise } from ${url('../sample-tree.fixture.ts')}
const repository = await openDatastoreRepository(${JSON.stringify(store.path)}, { keys: [], threads: 0, now: () => Date.now() })
const { signal } = new AbortController()
const options = { time: 1000, mode: 'data', compress: true, cryptMode: 'none' }
const writer = await repository.write(${JSON.stringify(group)}, options, signal)
const tree = new SampleTree()
for (let i = 0; i < 60; i++) tree.set('data/' + i, { content: noise('data/' + i, 200_000) })
let chunks = 0
const observer = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {
  if (++chunks === 3) process.kill(process.pid, 'SIGKILL')
} }
await writer.addTree('root', tree.entries(), { excludePatterns: [] }, observer)
`,
  )
  const child = spawn(process.execPath, [source], { stdio: 'inherit' })
  const killedBy = await new Promise((resolve) => child.on('exit', (_code, by) => resolve(by)))
  expect(killedBy).toBe('SIGKILL')

  expect(await Array.fromAsync(repository.snapshots(signal))).toEqual([])
  const verified = await repository.maintenance.verify?.({}, quiet, signal)
  expect(verified).toMatchObject({ snapshots: 0, corrupt: [] })
  const tree = new SampleTree()
  for (let i = 0; i < 60; i++) tree.set(`data/${i}`, { content: noise(`data/${i}`, 200_000) })
  const { oldChunks, snapshot } = await backup(1001, tree)
  expect(oldChunks).toBeGreaterThanOrEqual(3)
  expect(await restored(snapshot)).toEqual(await describeTree(tree.entries()))
  expect((await repository.maintenance.verify?.({}, quiet, signal))?.corrupt).toEqual([])
})

test('protected snapshots stay, notes and protection are listed, pruned ones go', async () => {
  const tree = new SampleTree()
  tree.set('a', { content: bytes('a') })
  const { maintenance } = repository
  const snapshots: StoredSnapshot[] = []
  for (const time of [1000, 2000, 3000]) snapshots.push((await backup(time, tree)).snapshot)
  const [oldest] = snapshots
  if (oldest === undefined) throw new Error('nothing was stored')
  await maintenance.protect?.(oldest.ref, true)
  await maintenance.setNotes?.(oldest.ref, 'before the move')
  await expect(maintenance.forget?.(oldest.ref)).rejects.toMatchObject({ code: 'snapshot/protected' })
  const decisions = await maintenance.prune?.({ namespace: '' }, { last: 1 }, { dryRun: false }, signal)
  expect(decisions?.map(({ ref, keep }) => [ref.time, keep])).toEqual([
    [1000, true],
    [2000, false],
    [3000, true],
  ])
  const listed = await Array.fromAsync(repository.snapshots(signal))
  expect(listed.map(({ ref, notes, protected: isProtected }) => [ref.time, notes, isProtected])).toEqual([
    [1000, 'before the move', true],
    [3000, '', false],
  ])
})

async function backup(time: number, tree: SampleTree) {
  tree.opened.length = 0
  const counting = new Counting()
  const options = { time, mode: 'metadata', compress: true, cryptMode: 'none' } as const
  const writer = await repository.write(group, options, signal)
  await writer.addTree('root', tree.entries(), { excludePatterns: [] }, counting)
  const snapshot = await writer.commit()
  return { snapshot, opened: [...tree.opened], newChunks: counting.newChunks, oldChunks: counting.oldChunks }
}

async function restored(snapshot: StoredSnapshot) {
  const reader = await repository.read(snapshot.ref, signal)
  try {
    return await describeTree(reader.walk('root', { contents: true }, signal))
  } finally {
    await reader.close()
  }
}

async function chunkOf(snapshot: StoredSnapshot, filename: string, position: number): Promise<string> {
  const index = DynamicIndex.parse(await readFile(path.join(folderOf(snapshot), filename)))
  return chunkPath(store.path, index.digestAt(position))
}

function folderOf({ ref }: StoredSnapshot): string {
  const time = `${new Date(ref.time * 1000).toISOString().slice(0, 19)}Z`
  return path.join(store.path, ref.type, ref.backupId, time)
}

function sampleTree(): SampleTree {
  const tree = new SampleTree()
  for (let i = 0; i < 60; i++) tree.set(`data/${i}`, { content: noise(`data/${i}`, 200_000) })
  tree.set('empty', {})
  return tree
}

class Counting implements WriteObserver {
  newChunks = 0
  oldChunks = 0
  entry(): void {}
  entryDone(): void {}
  entryFailed(): void {}
  bytes(): void {}
  chunk({ isNew }: { isNew: boolean }): void {
    if (isNew) this.newChunks++
    else this.oldChunks++
  }
}
