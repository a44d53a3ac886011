import { createHash } from 'node:crypto'
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { never } from '../testing/cluster.fixture.ts'
import { temporaryFolder } from '../testing/temporary-folder.fixture.ts'
import { type SaveOptions, saveFile } from './save-file.ts'

const folder = temporaryFolder()
const content = Buffer.alloc(10_000, 'couchbase')
const file = { id: 1, path: 'deks/key.key.1', sizeBytes: BigInt(content.length), sha512: undefined }

afterEach(() => vi.restoreAllMocks())

async function* pieces(from: bigint): AsyncGenerator<Uint8Array> {
  for (let at = Number(from); at < content.length; at += 1000) yield content.subarray(at, at + 1000)
}

/** Counts what reaches the disk for certain; the calls go through. */
async function countSyncs() {
  const handle = await open(folder(), 'r')
  const prototype = Object.getPrototypeOf(handle) as FileHandle // all handles have it
  await handle.close()
  return { datasync: vi.spyOn(prototype, 'datasync'), sync: vi.spyOn(prototype, 'sync') }
}

const save = (options: Partial<SaveOptions> = {}) =>
  saveFile({ file, folder: folder(), mode: 0o600, fsync: 0, read: pieces, ...options }, never)

test('26: what has come is synced whenever an interval is full, and at the end', async () => {
  const { datasync, sync } = await countSyncs()
  expect(await save({ fsync: 3000 })).toBe(createHash('sha512').update(content).digest('hex'))
  expect(datasync).toHaveBeenCalledTimes(3)
  expect(sync).toHaveBeenCalledTimes(2) // the file, and the folder with its name
})

test('26: an interval of 0 syncs at the end only, and what no crash has to outlive never', async () => {
  const { datasync, sync } = await countSyncs()
  await save({ fsync: 'never' })
  expect(sync).not.toHaveBeenCalled()
  await save({ fsync: 0, folder: path.join(folder(), 'other') })
  expect(sync).toHaveBeenCalledTimes(2)
  expect(datasync).not.toHaveBeenCalled()
})

test('24, 31: a part is gone on with, under its own name until it is whole, and keys are for their owner alone', async () => {
  const cut = async function* () {
    yield content.subarray(0, 4000)
    throw new Error('cut')
  }
  await expect(save({ read: cut })).rejects.toThrow('cut')
  expect(await readdir(path.join(folder(), 'deks'))).toEqual(['key.key.1.part'])
  const asked: bigint[] = []
  await save({
    read: (offset) => {
      asked.push(offset)
      return pieces(offset)
    },
  })
  expect(asked).toEqual([4000n])
  const target = path.join(folder(), file.path)
  expect((await readFile(target)).equals(content)).toBe(true)
  expect((await stat(target)).mode & 0o777).toBe(0o600)
})
