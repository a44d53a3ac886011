import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { LocalStore } from '../../engines/casync/store/local-store.ts'
import type { RemoveOptions, Repository, WriteOptions } from '../repository.ts'
import { bytes, describeTree, noise, SampleTree } from '../sample-tree.fixture.ts'
import { createCasyncRepository, openCasyncRepository } from './casync-repository.ts'

const { signal } = new AbortController()
const quiet = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
const wish: RemoveOptions = { canBeProtected: false, observer: quiet }
const group = { namespace: '', type: 'host', backupId: 'elsa' } as const

interface Opening {
  readonly graceMs?: number
  readonly now?: () => number
  /** Of the address. */
  readonly extra?: string
}

let folder: string
let repository: Repository
let opened: Repository[]

const open = async ({ graceMs, now = Date.now, extra = '' }: Opening = {}) => {
  const address = path.join(folder, `backups.castr${extra}`)
  const each = await openCasyncRepository(address, { threads: 0, compression: 'gzip', now, graceMs })
  opened.push(each)
  return each
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-remove-'))
  opened = []
  await createCasyncRepository(path.join(folder, 'backups.castr'))
  repository = await open()
})
afterEach(async () => {
  for (const each of opened) await each.close()
  await rm(folder, { recursive: true })
})

async function backup(time: number, tree: SampleTree) {
  const write: WriteOptions = { time, mode: 'metadata', compress: true, cryptMode: 'none' }
  const writer = await repository.write(group, write, signal)
  await writer.addTree('root', tree.entries(), { excludePatterns: [] }, quiet)
  await writer.addStream('dump.sql', streamOf(noise('dump', 700_000)), quiet)
  await writer.addBlob('holdfast.conf', bytes('{"host":"elsa","roots":[]}'))
  return await writer.commit()
}

const read = async (ref: SnapshotRef) => {
  const reader = await repository.read(ref, signal)
  try {
    return await describeTree(reader.walk('root', { contents: true }, signal))
  } finally {
    await reader.close()
  }
}

async function* streamOf(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data
}

const files = async () =>
  (await readdir(path.join(folder, 'backups.castr'), { recursive: true })).filter((name) => /[0-9a-f]{64}/.test(name))

/** The share of a content that lies in the chunks of a folder, by a look at some bytes of every 16 KiB. */
async function shareIn(place: string, content: Uint8Array): Promise<number> {
  const store = new LocalStore(place)
  const missing = new Set(Array.from({ length: Math.floor(content.length / 16_384) }, (_, at) => at * 16_384))
  const all = missing.size
  for await (const { file } of store.files(signal)) {
    if (file.kind !== 'chunk') continue
    const chunk = Buffer.from((await store.read(file.id, {})) ?? '')
    for (const at of missing) if (chunk.includes(Buffer.from(content.subarray(at, at + 32)))) missing.delete(at)
  }
  return 1 - missing.size / all
}

const remover = (text: string) =>
  repository.maintenance.removePaths?.([{ tree: 'root', names: text.split('/').map(bytes) }]) ??
  expect.fail('it cannot')

describe('removing a path from a casync store', () => {
  test('rewrites the snapshots that hold it, finds the chunks of what stays, and keeps the rest', async () => {
    const tree = new SampleTree()
    tree.set('big', { content: noise('big', 3_000_000) })
    tree.set('middle/secret', { content: noise('secret', 400_000) })
    tree.set('middle/twin', { hardlink: 'middle/secret' })
    tree.set('zuletzt', { content: noise('last', 2_000_000) })
    const first = await backup(1000, tree)
    tree.set('new', { content: bytes('new') })
    const second = await backup(2000, tree)
    const whole = await read(second.ref)
    await repository.maintenance.setNotes?.(first.ref, 'keep me')
    await repository.maintenance.protect?.(second.ref, true)

    const each = remover('middle')
    expect(await each.look(first.ref, signal)).toEqual({ entries: 3, bytes: 800_000n })
    let stored = 0
    let reused = 0
    const chunk = ({ isNew, storedBytes }: { isNew: boolean; storedBytes: number }) => {
      if (isNew) stored += storedBytes
      else reused++
    }
    const changed = await each.remove(first.ref, { ...wish, observer: { ...quiet, chunk } }, signal)
    expect(changed).toMatchObject({ ref: first.ref, notes: 'keep me', protected: false })
    // Only around the place where it was: some chunks of 64 KiB.
    expect(stored).toBeLessThan(600_000)
    expect(reused).toBeGreaterThan(30)
    await expect(each.remove(second.ref, wish, signal)).rejects.toMatchObject({ code: 'snapshot/protected' })
    expect(await read(second.ref)).toEqual(whole)
    expect(await each.remove(second.ref, { ...wish, canBeProtected: true }, signal)).toMatchObject({ protected: true })
    expect(await each.remove(second.ref, { ...wish, canBeProtected: true }, signal)).toBeUndefined()

    tree.remove('middle')
    expect(await read(second.ref)).toEqual(await describeTree(tree.entries()))
    tree.remove('new')
    expect(await read(first.ref)).toEqual(await describeTree(tree.entries()))
    const listed = await Array.fromAsync(repository.snapshots(signal))
    expect(listed.map(({ ref, notes, archives }) => [ref.time, notes, archives.length])).toEqual([
      [1000, 'keep me', first.archives.length],
      [2000, '', second.archives.length],
    ])
    const observer = { total() {}, checked() {}, snapshotDone() {}, corrupt() {} }
    expect(await repository.maintenance.verify?.({}, observer, signal)).toMatchObject({ snapshots: 2, corrupt: [] })

    const before = (await files()).length
    const later = await open({ graceMs: 0, now: () => Date.now() + 86_400_000 })
    const report = await later.maintenance.collectGarbage?.({ progress() {} }, signal)
    expect(report?.removedChunks).toBeGreaterThan(5)
    expect((await files()).length).toBe(before - (report?.removedChunks ?? 0))
    expect(await repository.maintenance.verify?.({}, observer, signal)).toMatchObject({ snapshots: 2, corrupt: [] })
  })

  test('takes its chunks out of the cache of another store as well, and leaves those of others there', async () => {
    const tree = new SampleTree()
    tree.set('big', { content: noise('big', 3_000_000) })
    tree.set('secret', { content: noise('secret', 400_000) })
    const { ref } = await backup(1000, tree)
    const other = path.join(folder, 'other.castr')
    await rename(path.join(folder, 'backups.castr'), other)
    await createCasyncRepository(path.join(folder, 'backups.castr'))
    const server = createServer((request, response) => {
      readFile(path.join(folder, request.url ?? '')).then(
        (chunk) => response.end(chunk),
        () => response.writeHead(404).end(),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo // a server that listens to a port has no other kind
      const cache = path.join(folder, 'cache')
      const words = new URLSearchParams({
        'extra-store': `http://127.0.0.1:${port}/other.castr`,
        'chunk-cache': cache,
      })
      repository = await open({ extra: `?${words}` })
      await read(ref)
      expect(await shareIn(cache, noise('secret', 400_000))).toBe(1)
      await remover('secret').remove(ref, wish, signal)
      tree.remove('secret')
      expect(await read(ref)).toEqual(await describeTree(tree.entries()))
      expect(await shareIn(cache, noise('secret', 400_000))).toBe(0)
      expect(await shareIn(cache, noise('big', 3_000_000))).toBeGreaterThan(0.5)
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('that is aborted leaves the snapshot as it was', async () => {
    const tree = new SampleTree()
    tree.set('big', { content: noise('big', 3_000_000) })
    tree.set('secret', { content: noise('secret', 400_000) })
    const { ref, archives } = await backup(1000, tree)
    const abort = new AbortController()
    const run = remover('secret').remove(
      ref,
      { ...wish, observer: { ...quiet, bytes: () => abort.abort() } },
      abort.signal,
    )
    await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect(await readdir(path.join(folder, 'backups.snapshots', '.replacing'))).toEqual([])
    const [listed] = await Array.fromAsync(repository.snapshots(signal))
    expect(listed?.archives).toEqual(archives)
  })
})
