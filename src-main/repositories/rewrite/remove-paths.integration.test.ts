import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { openDatastore } from '../../storage/datastore/datastore.ts'
import { collectGarbage } from '../../storage/datastore/garbage-collection.ts'
import { addSnapshotFile, readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { createSmallStore } from '../../storage/datastore/testing/sample-store.ts'
import { createDatastoreRepository } from '../datastore/datastore-repository.ts'
import type { PathRemover, RemoveOptions, Repository, SnapshotReader, WriteOptions } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'

const DAY_MS = 86_400_000
const { signal } = new AbortController()
const quiet = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const wish: RemoveOptions = { canBeProtected: false, observer: quiet }
const key = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))
const otherKey = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i + 1))
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const
const secret = noise('the secret', 3000)

let folder: string
let repository: Repository
/** What the wrapped key of each snapshot is, for the holder of a master key. */
const wrapKey = () => Promise.resolve(Buffer.from('wrapped'))

const open = async (keys = [key]) =>
  createDatastoreRepository(await openDatastore(folder), { keys, wrapKey, threads: 0, now: Date.now })

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-remove-'))
  await createSmallStore(folder)
  repository = await open()
})
afterEach(async () => {
  await repository.close()
  await rm(folder, { recursive: true })
})

/** Two chunks of small files with the secret in their midst, and more around. */
function sample(): SampleTree {
  const tree = new SampleTree()
  tree.set('big', { content: noise('big', 9_000_000) })
  for (let i = 10; i < 50; i++) tree.set(`data/${i}`, { content: noise(`file ${i}`, 150_000) })
  tree.set('data/30-secret/key.pem', { content: secret })
  tree.set('data/30-secret/link', { symlink: 'key.pem' })
  tree.set('zuletzt', { content: bytes('the end') })
  return tree
}

async function backup(
  time: number,
  entries: AsyncIterable<TreeEntry>,
  options: Partial<WriteOptions> = {},
  more: (writer: Awaited<ReturnType<Repository['write']>>) => Promise<void> = async () => {},
) {
  const write = { time, mode: 'metadata', compress: true, cryptMode: 'none', ...options } as const
  const writer = await repository.write(group, write, signal)
  await writer.addTree('root', entries, { excludePatterns: ['*.tmp'] }, quiet)
  await more(writer)
  await writer.addBlob('holdfast.conf', bytes('{"host":"elsa","roots":[]}'))
  return await writer.commit()
}

async function reading<Result>(ref: SnapshotRef, read: (reader: SnapshotReader) => Promise<Result>): Promise<Result> {
  const reader = await repository.read(ref, signal)
  try {
    return await read(reader)
  } finally {
    await reader.close()
  }
}

const treeOf = (ref: SnapshotRef, tree = 'root') =>
  reading(ref, (reader) => describeTree(reader.walk(tree, { contents: true }, signal)))

const pathOf = (text: string, tree = 'root') => ({
  tree,
  names: text.split('/').map((name) => Buffer.from(name, 'latin1')),
})

function remover(...paths: string[]): PathRemover {
  const { removePaths } = repository.maintenance
  return removePaths?.(paths.map((text) => pathOf(text))) ?? expect.fail('it cannot')
}

async function removeFromAll(each: PathRemover, options: RemoveOptions = wish): Promise<number[]> {
  const refs = (await Array.fromAsync(repository.snapshots(signal))).map(({ ref }) => ref)
  for (const ref of refs) await each.look(ref, signal)
  const changed: number[] = []
  for (const ref of refs) if (await each.remove(ref, options, signal)) changed.push(ref.time)
  return changed.sort()
}

/** How many stored blocks hold the bytes; they do not compress, so a plain one shows them. */
async function blocksWith(needle: Uint8Array): Promise<number> {
  const found: string[] = []
  for (const file of await readdir(path.join(folder, '.chunks'), { recursive: true })) {
    if (!/[0-9a-f]{64}$/.test(file)) continue
    if ((await readFile(path.join(folder, '.chunks', file))).includes(Buffer.from(needle.subarray(0, 1000))))
      found.push(file)
  }
  return found.length
}

const collect = async () => collectGarbage(await openDatastore(folder), { now: () => Date.now() + 2 * DAY_MS }, signal)

async function verify() {
  const observer = { total() {}, checked() {}, snapshotDone() {}, corrupt() {} }
  return await repository.maintenance.verify?.({}, observer, signal)
}

describe('removing a path', () => {
  test('takes its bytes out of every snapshot, also one that only carries them along, and keeps all else', async () => {
    const tree = sample()
    const first = await backup(1000, tree.entries())
    tree.remove('data/30-secret')
    const expected = await describeTree(tree.entries())
    // Takes over the chunks of what did not change, and the secret between them.
    const second = await backup(2000, tree.entries())
    tree.set('data/11', { content: bytes('new') })
    const third = await backup(3000, tree.entries())
    expect(await treeOf(second.ref)).toEqual(expected)
    expect(await blocksWith(secret)).toBe(1)

    let reused = 0
    let stored = 0
    const chunk = ({ isNew, storedBytes }: { isNew: boolean; storedBytes: number }) => {
      if (isNew) stored += storedBytes
      else reused++
    }
    const each = remover('data/30-secret')
    expect(await each.look(first.ref, signal)).toEqual({ entries: 3, bytes: 3000n })
    expect(await each.look(second.ref, signal)).toEqual({ entries: 0, bytes: 0n })
    expect(await removeFromAll(each, { ...wish, observer: { ...quiet, chunk } })).toEqual([1000, 2000, 3000])
    expect(await treeOf(first.ref)).toEqual(expected)
    expect(await treeOf(second.ref)).toEqual(expected)
    expect(await treeOf(third.ref)).toEqual(await describeTree(tree.entries()))
    // 15 MB: what was in the one chunk with the secret is stored anew, the rest was found again.
    expect(reused).toBeGreaterThan(10)
    expect(stored).toBeLessThan(6_000_000)

    const { removedChunks } = await collect()
    expect(removedChunks).toBeGreaterThan(0)
    expect(await blocksWith(secret)).toBe(0)
    expect(await verify()).toMatchObject({ snapshots: 3, corrupt: [] })
    // The second time there is nothing to do.
    expect(await removeFromAll(remover('data/30-secret'))).toEqual([])
    // And the next backup goes on from there.
    const opened = tree.opened.length
    await backup(4000, tree.entries())
    expect(tree.opened.length).toBe(opened)
  })

  test('leaves type, time, notes, protection, log, images, streams, blobs and the patterns as they were', async () => {
    const disk = noise('disk', 5_000_000)
    const snapshot = await backup(1000, sample().entries(), {}, async (writer) => {
      await writer.addTree('second', new SampleTree().entries(), { excludePatterns: [] }, quiet)
      const read = async (at: bigint, length: number) => disk.slice(Number(at), Number(at) + length)
      await writer.addImage('disk', { sizeBytes: BigInt(disk.length), read }, quiet)
      await writer.addStream('dump.sql', streamOf(noise('dump', 2_000_000)), quiet)
    })
    const { ref } = snapshot
    const store = await openDatastore(folder)
    await repository.maintenance.setNotes?.(ref, 'keep me')
    await verify()
    await addSnapshotFile(store, ref, 'client.log.blob', Buffer.from('log'))
    await repository.maintenance.protect?.(ref, true)
    const each = remover('data/30-secret/key.pem')
    await each.look(ref, signal)
    await expect(each.remove(ref, wish, signal)).rejects.toMatchObject({ code: 'snapshot/protected' })
    const changed = await each.remove(ref, { ...wish, canBeProtected: true }, signal)
    const [listed] = await Array.fromAsync(repository.snapshots(signal))
    expect(listed).toEqual(changed)
    expect(listed).toMatchObject({ ref, notes: 'keep me', protected: true, verify: undefined })
    expect(listed?.archives.map(({ filename }) => filename)).toEqual(snapshot.archives.map(({ filename }) => filename))
    const isOther = ({ filename }: { filename: string }) => !filename.startsWith('root.')
    expect(listed?.archives.filter(isOther)).toEqual(snapshot.archives.filter(isOther))
    expect(await readSnapshotFile(store, ref, 'client.log.blob')).toEqual(Buffer.from('log'))
    const image = await reading(ref, (reader) =>
      Array.fromAsync(reader.content('disk.img.fidx', [], { offset: 0n }, signal)),
    )
    expect(Buffer.concat(image).equals(disk)).toBe(true)
    const metadata = await reading(ref, (reader) =>
      Array.fromAsync(reader.content('root.mpxar.didx', [], { offset: 0n }, signal)),
    )
    expect(Buffer.concat(metadata).includes('*.tmp')).toBe(true)
    expect(Buffer.concat(metadata).includes('key.pem')).toBe(true) // the link to it stays: it is another entry
  })

  test('keeps encrypted snapshots under their own key, and needs it', async () => {
    const tree = sample()
    const { ref } = await backup(1000, tree.entries(), { cryptMode: 'encrypt' })
    const wrapped = await repository.wrappedKey?.(ref, signal)
    await repository.close()
    repository = await open([otherKey])
    const blind = remover('data/30-secret')
    await expect(blind.look(ref, signal)).rejects.toMatchObject({ code: 'key/wrong' })
    await expect(blind.remove(ref, wish, signal)).rejects.toMatchObject({ code: 'key/wrong' })
    await repository.close()
    // The key to write with is another one by now.
    repository = await open([otherKey, key])
    expect(await removeFromAll(remover('data/30-secret'))).toEqual([1000])
    tree.remove('data/30-secret')
    expect(await treeOf(ref)).toEqual(await describeTree(tree.entries()))
    const [listed] = await Array.fromAsync(repository.snapshots(signal))
    expect(listed?.keyFingerprint).toBe(key.fingerprint)
    expect(new Set(listed?.archives.map(({ cryptMode }) => cryptMode))).toEqual(new Set(['encrypt']))
    expect(await repository.wrappedKey?.(ref, signal)).toEqual(wrapped)
    const manifest = JSON.parse(await reading(ref, (reader) => reader.manifestText(signal)))
    expect(manifest.signature).toMatch(/^[0-9a-f]{64}$/)
    expect(await verify()).toMatchObject({ snapshots: 1, corrupt: [] })
  })

  test('signs a signed snapshot anew', async () => {
    const { ref } = await backup(1000, sample().entries(), { cryptMode: 'sign-only' })
    const signature = async () => JSON.parse(await reading(ref, (reader) => reader.manifestText(signal))).signature
    const before = await signature()
    expect(await removeFromAll(remover('data/30-secret'))).toEqual([1000])
    expect(await signature()).not.toBe(before)
  })

  test('keeps a file whose first name goes under the next one', async () => {
    const tree = new SampleTree()
    tree.set('a-first', { content: noise('linked', 700_000), metadata: { permissions: 0o640 } })
    tree.set('between', { content: noise('between', 900_000) })
    tree.set('folder/second', { hardlink: 'a-first' })
    tree.set('third', { hardlink: 'a-first' })
    const { ref } = await backup(1000, tree.entries())
    expect(await removeFromAll(remover('a-first'))).toEqual([1000])
    const rest = new SampleTree()
    rest.set('between', { content: noise('between', 900_000) })
    rest.set('folder/second', { content: noise('linked', 700_000), metadata: { permissions: 0o640 } })
    rest.set('third', { hardlink: 'folder/second' })
    expect(await treeOf(ref)).toEqual(await describeTree(rest.entries()))
    expect(await removeFromAll(remover('third'))).toEqual([1000])
    rest.remove('third')
    expect(await treeOf(ref)).toEqual(await describeTree(rest.entries()))
  })

  test('works on archives of the old form, all of which share a catalog', async () => {
    const tree = sample()
    const { ref, archives } = await backup(1000, tree.entries(), { mode: 'legacy' }, async (writer) => {
      const second = new SampleTree()
      second.set('x', { content: bytes('x') })
      await writer.addTree('second', second.entries(), { excludePatterns: [] }, quiet)
    })
    const catalog = (name: string) =>
      reading(ref, async (reader) =>
        Buffer.concat(await Array.fromAsync(reader.content(name, [], { offset: 0n }, signal))),
      )
    expect((await catalog('catalog.pcat1.didx')).includes('30-secret')).toBe(true)
    expect(await removeFromAll(remover('data/30-secret'))).toEqual([1000])
    tree.remove('data/30-secret')
    expect(await treeOf(ref)).toEqual(await describeTree(tree.entries()))
    expect(await treeOf(ref, 'second')).toHaveLength(2)
    const [listed] = await Array.fromAsync(repository.snapshots(signal))
    expect(new Set(listed?.archives.map(({ filename }) => filename))).toEqual(
      new Set(archives.map(({ filename }) => filename)),
    )
    expect((await catalog('catalog.pcat1.didx')).includes('30-secret')).toBe(false)
    expect((await catalog('catalog.pcat1.didx')).includes('second')).toBe(true)
    await collect()
    expect(await blocksWith(secret)).toBe(0)
  })

  test('finds names that are not UTF-8', async () => {
    const tree = new SampleTree()
    tree.set('f\u00ff/g\u00e4', { content: bytes('gone') })
    tree.set('f\u00ff/stays', { content: bytes('here') })
    const { ref } = await backup(1000, asLatin1(tree.entries()))
    expect(await removeFromAll(remover('f\u00ff/g\u00e4'))).toEqual([1000])
    expect((await treeOf(ref)).map((line) => line.split(' ')[0])).toEqual(['', '/f\ufffd', '/f\ufffd/stays'])
    expect(await removeFromAll(remover('f\u00ff'))).toEqual([1000])
    expect(await treeOf(ref)).toHaveLength(1)
  })

  test('leaves a copy of the content under another name, and its chunk, alone', async () => {
    const tree = new SampleTree()
    const content = noise('same', 16_000_000)
    tree.set('a', { content })
    const first = await backup(1000, tree.entries())
    tree.set('b', { content })
    tree.remove('a')
    const second = await backup(2000, tree.entries())
    const csums = second.archives.map(({ csum }) => csum)
    expect(await removeFromAll(remover('a'))).toEqual([1000])
    expect(await treeOf(first.ref)).toHaveLength(1)
    const [, untouched] = (await Array.fromAsync(repository.snapshots(signal))).sort((x, y) => x.ref.time - y.ref.time)
    expect(untouched?.archives.map(({ csum }) => csum)).toEqual(csums)
    await collect()
    expect(await verify()).toMatchObject({ snapshots: 2, corrupt: [] })
  })

  test('that is aborted leaves the snapshot, and nothing beside it', async () => {
    const tree = sample()
    const { ref, archives } = await backup(1000, tree.entries())
    for (const after of [1, 2_000_000, 12_000_000]) {
      const abort = new AbortController()
      let done = 0
      const onBytes = (count: number) => {
        done += count
        if (done > after) abort.abort()
      }
      const each = remover('data/30-secret')
      const run = each.remove(ref, { ...wish, observer: { ...quiet, bytes: onBytes } }, abort.signal)
      await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
      expect(await readdir(path.join(folder, '.replacing'))).toEqual([])
      const [listed] = await Array.fromAsync(repository.snapshots(signal))
      expect(listed?.archives).toEqual(archives)
    }
    expect(await treeOf(ref)).toEqual(await describeTree(tree.entries()))
  })

  test('refuses a whole archive, a snapshot in use and one that is not there', async () => {
    const { ref } = await backup(1000, sample().entries())
    const whole = () => repository.maintenance.removePaths?.([{ tree: 'root', names: [] }])
    expect(whole).toThrow(expect.objectContaining({ code: 'input/invalid' }))
    await reading(ref, async () => {
      await expect(remover('data').remove(ref, wish, signal)).rejects.toMatchObject({ code: 'repository/locked' })
    })
    await expect(remover('data').look({ ...ref, time: 1 }, signal)).rejects.toMatchObject({ code: 'snapshot/unknown' })
    // What is named is not there: nothing happens.
    expect(await removeFromAll(remover('data/30-secret/missing', 'big/below'))).toEqual([])
  })
})

async function* streamOf(data: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += 100_000) yield data.subarray(at, at + 100_000)
}

async function* asLatin1(entries: AsyncIterable<TreeEntry>): AsyncGenerator<TreeEntry> {
  for await (const entry of entries) {
    yield entry.kind === 'leave' ? entry : { ...entry, name: Buffer.from(Buffer.from(entry.name).toString(), 'latin1') }
  }
}
