import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TreeEntry } from '../../archive/tree.ts'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import { createCasyncRepository, openCasyncRepository } from '../casync/casync-repository.ts'
import { createDatastoreRepository } from '../datastore/datastore-repository.ts'
import type { Repository, SnapshotReader, StoredSnapshot, WriteObserver } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'
import { type CopyObserver, type CopyOptions, copySnapshot } from './copy-snapshot.ts'

const { signal } = new AbortController()
const quiet: WriteObserver = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const key = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const plain: CopyOptions = { compress: true, cryptMode: 'none' }

let folder: string
let datastore: Repository
let casync: Repository

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-copy-'))
  const store = await createSmallStore(path.join(folder, 'datastore'))
  datastore = createDatastoreRepository(store, { keys: [key], threads: 0, now: () => Date.now() })
  await createCasyncRepository(path.join(folder, 'store.castr'))
  casync = await openCasyncRepository(path.join(folder, 'store.castr'), { threads: 0, now: () => Date.now() })
})
afterEach(async () => {
  await datastore.close()
  await casync.close()
  await rm(folder, { recursive: true })
})

const disk = noise('disk', 9_000_000)

function sample(withLinks: boolean): SampleTree {
  const tree = new SampleTree()
  const acl = { users: [{ id: 7, permissions: 6 }], groups: [], groupObject: 4 }
  const xattrs = [
    { name: bytes('user.a'), value: bytes('1') },
    { name: bytes('user.b'), value: bytes('2') },
  ]
  tree.set('big', { content: noise('big', 5_000_000), metadata: { xattrs, acl } })
  for (let i = 0; i < 30; i++) tree.set(`folder/${i}`, { content: noise(`file ${i}`, i * 997), metadata: { uid: i } })
  tree.set('folder/link', { symlink: '../big' })
  tree.set('odd name \n', { content: bytes('x'), metadata: { flags: 0x80000n, quotaProjectId: 5n } })
  if (withLinks) tree.set('second name', { hardlink: 'big' })
  if (withLinks) tree.set('third name', { hardlink: 'big' })
  return tree
}

async function fill(repository: Repository, withLinks: boolean, cryptMode: CopyOptions['cryptMode'] = 'none') {
  const options = { time: 1000, mode: 'metadata', compress: true, cryptMode } as const
  const writer = await repository.write(group, options, signal)
  await writer.addTree('root', sample(withLinks).entries(), { excludePatterns: [] }, quiet)
  await writer.addTree('second', new SampleTree().entries(), { excludePatterns: [] }, quiet)
  await writer.addStream('dump.sql', streamOf(noise('dump', 3_000_000)), quiet)
  const read = async (at: bigint, length: number) => disk.slice(Number(at), Number(at) + length)
  await writer.addImage('disk', { sizeBytes: BigInt(disk.length), read }, quiet)
  await writer.addBlob('holdfast.conf', bytes('{"host":"elsa","roots":[]}'))
  const { ref } = await writer.commit()
  await repository.maintenance.setNotes?.(ref, 'first')
  await repository.maintenance.protect?.(ref, true)
  return ref
}

async function* streamOf(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += 100_000) yield data.subarray(at, at + 100_000)
}

class Seen implements CopyObserver {
  totalBytes = 0n
  readonly losses: string[] = []
  readonly done = { copy: 0, verify: 0 }
  total(sum: bigint): void {
    this.totalBytes = sum
  }
  part(): void {}
  bytes(count: number, phase: 'copy' | 'verify'): void {
    this.done[phase] += count
  }
  loss(place: string, reason: string): void {
    this.losses.push(`${place}: ${reason}`)
  }
  chunk(): void {}
}

async function reading<Result>(
  repository: Repository,
  ref: StoredSnapshot['ref'],
  read: (reader: SnapshotReader) => Promise<Result>,
): Promise<Result> {
  const reader = await repository.read(ref, signal)
  try {
    return await read(reader)
  } finally {
    await reader.close()
  }
}

function copy(from: Repository, to: Repository, options: CopyOptions = plain, observer: CopyObserver = new Seen()) {
  return reading(from, { ...group, time: 1000 }, (reader) => copySnapshot(reader, to, options, observer, signal))
}

const treeOf = (repository: Repository, ref: StoredSnapshot['ref']) =>
  reading(repository, ref, (reader) => describeTree(reader.walk('root', { contents: true }, signal)))

const contentOf = (repository: Repository, ref: StoredSnapshot['ref'], filename: string) =>
  reading(repository, ref, async (reader) =>
    Buffer.concat(await Array.fromAsync(reader.content(filename, [], { offset: 0n }, signal))),
  )

describe('everything of a snapshot', () => {
  test('from a datastore into a casync store, and back', async () => {
    await fill(datastore, true)
    const seen = new Seen()
    const there = await copy(datastore, casync, plain, seen)
    expect(there.snapshot).toMatchObject({ ref: { ...group, time: 1000 }, notes: 'first', protected: true })
    expect(there.parts.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'tree root',
      'tree second',
      'stream dump.sql',
      'image disk.img',
      'blob holdfast.conf',
    ])
    expect(seen.losses).toEqual(['root: 2 further names of files became files of their own'])
    expect(seen.done.verify).toBe(seen.done.copy)
    expect(seen.done.copy).toBeGreaterThan(22_000_000)
    expect((await contentOf(casync, there.snapshot.ref, 'disk.img.caibx')).equals(disk)).toBe(true)
    const reader = await casync.read(there.snapshot.ref, signal)
    const back = await copySnapshot(reader, datastore, { ...plain, time: 1001 }, new Seen(), signal)
    await reader.close()
    expect(back.parts.map(({ digest }) => digest)).toEqual(there.parts.map(({ digest }) => digest))
    expect((await contentOf(datastore, back.snapshot.ref, 'disk.img.fidx')).equals(disk)).toBe(true)
    const stream = await contentOf(datastore, back.snapshot.ref, 'dump.sql.didx')
    expect(stream.equals(noise('dump', 3_000_000))).toBe(true)
    const expected = await describeTree(sample(true).entriesWithoutLinks())
    expect(await treeOf(datastore, back.snapshot.ref)).toEqual(expected)
    expect(await reading(datastore, back.snapshot.ref, (each) => each.facts(signal))).toEqual({
      host: 'elsa',
      roots: [],
    })
  })

  test('from an encrypted datastore, into another group and namespace', async () => {
    await fill(datastore, false, 'encrypt')
    const other = { namespace: 'a', type: 'vm', backupId: 'copied' } as const
    const { snapshot } = await copy(datastore, casync, { ...plain, group: other, time: 5 })
    expect(snapshot.ref).toEqual({ ...other, time: 5 })
    const { snapshot: again } = await reading(casync, snapshot.ref, (reader) =>
      copySnapshot(reader, datastore, { compress: false, cryptMode: 'encrypt', group, time: 1001 }, new Seen(), signal),
    )
    expect(again.archives.map(({ cryptMode }) => cryptMode)).toContain('encrypt')
    expect(await treeOf(datastore, again.ref)).toEqual(await treeOf(datastore, { ...group, time: 1000 }))
  })

  test('a snapshot in the old format of Proxmox Backup', async () => {
    const writer = await datastore.write(
      group,
      { time: 1000, mode: 'legacy', compress: true, cryptMode: 'none' },
      signal,
    )
    await writer.addTree('root', sample(true).entries(), { excludePatterns: [] }, quiet)
    await writer.commit()
    const { parts } = await copy(datastore, casync)
    expect(parts).toHaveLength(1)
  })
})

describe('a copy that is not the same', () => {
  test('is refused when the target does not keep what it took, and nothing of it is left', async () => {
    await fill(datastore, false)
    const lossy: Repository = {
      ...casync,
      maintenance: casync.maintenance,
      snapshots: (each) => casync.snapshots(each),
      read: (ref, each) => casync.read(ref, each),
      close: () => casync.close(),
      async write(target, options, each) {
        const writer = await casync.write(target, options, each)
        return {
          addTree: async (name, entries, more, observer) =>
            await writer.addTree(name, withoutLastBit(entries), more, observer),
          addStream: (name, data, observer) => writer.addStream(name, data, observer),
          addImage: (name, image, observer) => writer.addImage(name, image, observer),
          addBlob: (name, data) => writer.addBlob(name, data),
          commit: () => writer.commit(),
          discard: () => writer.discard(),
        }
      },
    }
    await expect(copy(datastore, lossy)).rejects.toMatchObject({ code: 'copy/mismatch', detail: 'root differs.' })
    expect(await Array.fromAsync(casync.snapshots(signal))).toEqual([])
  })

  test('is not made of an original that is damaged: the damage is what is told', async () => {
    await fill(casync, false)
    const store = path.join(folder, 'store.castr')
    const names = (await readdir(store, { recursive: true })).filter((name) => name.endsWith('.cacnk'))
    for (const name of names) {
      const file = path.join(store, name)
      const content = await readFile(file)
      if (content.length < 30_000) continue
      content[20_000] = (content[20_000] ?? 0) ^ 1
      await rm(file)
      await writeFile(file, content)
    }
    await expect(copy(casync, datastore)).rejects.toMatchObject({ code: 'chunk/corrupt' })
    expect(await Array.fromAsync(datastore.snapshots(signal))).toEqual([])
  })

  test('is not made when it is aborted, in whichever phase', async () => {
    await fill(datastore, false)
    for (const phase of ['copy', 'verify'] as const) {
      const abort = new AbortController()
      const reason = new Error('enough')
      const seen = new Seen()
      const counted = seen.bytes.bind(seen)
      seen.bytes = (count, at) => {
        counted(count, at)
        if (at === phase && seen.done[phase] > 2_000_000) abort.abort(reason)
      }
      const reader = await datastore.read({ ...group, time: 1000 }, signal)
      await expect(copySnapshot(reader, casync, plain, seen, abort.signal)).rejects.toBe(reason)
      await reader.close()
      expect(await Array.fromAsync(casync.snapshots(signal))).toEqual([])
    }
  })
})

async function* withoutLastBit(entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry> {
  for await (const entry of entries) {
    if (entry.kind !== 'file') yield entry
    else yield { ...entry, metadata: { ...entry.metadata, permissions: entry.metadata.permissions & ~1 & ~4 } }
  }
}
