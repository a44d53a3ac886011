import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileAccess } from './file-access.ts'
import { piecesOf } from './pieces-of.ts'

const { signal } = new AbortController()
const content = Buffer.alloc(3_000_000, 'an archive in a file ')
let folder: string
let file: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'file-access-'))
  file = path.join(folder, 'archive')
  await writeFile(file, content)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('bytes from anywhere, fewer only at the end', async () => {
  const access = await FileAccess.open(file)
  expect(access.sizeBytes).toBe(3_000_000n)
  expect(Buffer.from(await access.read(1_000_001n, 10, signal))).toEqual(content.subarray(1_000_001, 1_000_011))
  expect((await access.read(2_999_995n, 10, signal)).length).toBe(5)
  await expect(access.read(0n, 1, AbortSignal.abort())).rejects.toThrow('abort')
  await access[Symbol.asyncDispose]()
  await expect(FileAccess.open(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a part comes piece by piece, whatever is asked for', async () => {
  const access = await FileAccess.open(file)
  const read = async (range?: { offset?: bigint; length?: bigint }) =>
    Buffer.concat(await Array.fromAsync(piecesOf(access, signal, range)))
  expect((await read()).equals(content)).toBe(true)
  expect((await read({ offset: 5n, length: 2_000_000n })).equals(content.subarray(5, 2_000_005))).toBe(true)
  expect((await read({ offset: 2_999_999n, length: 100n })).length).toBe(1)
  expect(await read({ offset: 4_000_000n })).toEqual(Buffer.alloc(0))
  await access[Symbol.asyncDispose]()
})

test('a file that is cut off meanwhile ends where it is', async () => {
  const access = await FileAccess.open(file)
  await truncate(file, 1_500_000)
  expect(Buffer.concat(await Array.fromAsync(piecesOf(access, signal))).equals(content.subarray(0, 1_500_000))).toBe(
    true,
  )
  await access[Symbol.asyncDispose]()
})
