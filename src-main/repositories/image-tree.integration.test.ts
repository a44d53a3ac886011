import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createImageSource } from '../sources/image/image-source.ts'
import { createSmallStore } from '../storage/datastore/testing/sample-store.ts'
import { openRepository } from './open-repository.ts'
import type { Repository, SnapshotReader } from './repository.ts'

const signal = new AbortController().signal
const nobody = { entry() {}, entryDone() {}, entryFailed() {}, bytes() {}, chunk() {} }
/** Three chunks, the last one short. */
const disk = randomBytes(9 * 1024 * 1024 + 17)
let root: string
let repository: Repository
let reader: SnapshotReader

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-image-'))
  await writeFile(join(root, 'disk.img'), disk)
  await createSmallStore(join(root, 'store'))
  repository = await openRepository(join(root, 'store'), { keys: [], threads: 1, now: () => Date.now() })
  const group = { namespace: '', type: 'host', backupId: 'desk' } as const
  const writer = await repository.write(
    group,
    { time: 1_700_000_000, mode: 'data', compress: true, cryptMode: 'none' },
    signal,
  )
  const source = createImageSource({ kind: 'image', paths: [join(root, 'disk.img')] })
  const view = await source.open({ problem() {} }, signal)
  for await (const archive of view.archives()) {
    if (archive.type === 'image') await writer.addImage(archive.name, archive, nobody)
  }
  expect(view.counts()).toEqual({ seen: 1, handedOver: 1, skipped: 0, failed: 0 })
  await view.close()
  const { ref } = await writer.commit()
  reader = await repository.read(ref, signal)
})

afterAll(async () => {
  await reader.close()
  await repository.close()
  await rm(root, { recursive: true, force: true })
})

const name = Buffer.from('disk.img')

test('a disk stands in a tree of its own, with its size', async () => {
  expect(reader.trees).toEqual(['images'])
  const entries = await Array.fromAsync(reader.list('images', [], signal))
  expect(entries.map((entry) => [Buffer.from(entry.name).toString(), entry.kind, entry.sizeBytes])).toEqual([
    ['disk.img', 'file', BigInt(disk.length)],
  ])
  expect((await reader.stat('images', [name], signal)).sizeBytes).toBe(BigInt(disk.length))
  await expect(reader.stat('images', [Buffer.from('other')], signal)).rejects.toMatchObject({ code: 'path/not-found' })
})

test('any range of it can be read', async () => {
  const range = { offset: 4_194_300n, length: 20n }
  const pieces = await Array.fromAsync(reader.content('images', [name], range, signal))
  expect(Buffer.concat(pieces)).toEqual(disk.subarray(4_194_300, 4_194_320))
})

test('a walk hands over the whole of it', async () => {
  const kinds: string[] = []
  const parts: Buffer[] = []
  for await (const entry of reader.walk('images', { contents: true }, signal)) {
    kinds.push(entry.kind)
    if (entry.kind !== 'file') continue
    const content = await entry.open()
    const piece = Buffer.alloc(1 << 20)
    for (let count = await content.read(piece); count > 0; count = await content.read(piece)) {
      parts.push(Buffer.from(piece.subarray(0, count)))
    }
    await content.close()
  }
  expect(kinds).toEqual(['directory', 'file', 'leave'])
  expect(Buffer.concat(parts).equals(disk)).toBe(true)
})

test('what is no disk is refused before anything is written', async () => {
  const open = (path: string) => createImageSource({ kind: 'image', paths: [path] }).open({ problem() {} }, signal)
  await expect(open(root)).rejects.toMatchObject({ code: 'input/invalid' })
  await expect(open(join(root, 'none'))).rejects.toMatchObject({ code: 'source/vanished' })
})
