import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { MemoryAccess } from '../memory-access.fixture.ts'
import type { CentralHeader } from './central-directory.ts'
import { listZip } from './list-zip.ts'
import { type ZipEntry, zipStream } from './zip-stream.ts'

const signal = new AbortController().signal
const modifiedAt = Date.UTC(2024, 1, 29, 12, 34, 56)

function entry(name: string, content: string, more: Partial<ZipEntry> = {}): ZipEntry {
  return {
    name: Buffer.from(name),
    kind: 'file',
    permissions: 0o640,
    modifiedAt,
    sizeBytes: content.length,
    content: of(Buffer.from(content)),
    compress: false,
    ...more,
  }
}

async function* of<T>(...values: readonly T[]): AsyncGenerator<T> {
  yield* values
}

function zipOf(...entries: readonly ZipEntry[]): Promise<Buffer> {
  return collect(of(...entries))
}

async function collect(entries: AsyncIterable<ZipEntry>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of zipStream(entries)) parts.push(part)
  return Buffer.concat(parts)
}

async function listed(zip: Uint8Array): Promise<CentralHeader[] | undefined> {
  const listing = await listZip(new MemoryAccess(zip), signal)
  if (listing === undefined) return undefined
  const headers: CentralHeader[] = []
  for await (const header of listing.headers()) headers.push(header)
  return headers
}

/** Listed, no zip, or refused with field and offset: nothing else may come of it. */
async function outcome(zip: Uint8Array): Promise<CentralHeader[] | undefined> {
  return listed(zip).catch((error: unknown) => {
    expect(error).toBeInstanceOf(ProtocolError)
    return undefined
  })
}

it('lists what was written, in its order, without a read of the contents', async () => {
  const zip = await zipOf(
    entry('Ordner', '', { kind: 'directory', content: undefined }),
    entry('Ordner/Größe 漢字.txt', 'x'.repeat(1_000_000)),
    entry('link', 'Ordner', { kind: 'symlink' }),
  )
  const file = new MemoryAccess(zip)
  const listing = await listZip(file, signal)
  const names: unknown[] = []
  for await (const { name, kind, sizeBytes, modifiedAt } of listing?.headers() ?? [])
    names.push([Buffer.from(name).toString(), kind, sizeBytes, modifiedAt])
  expect(names).toEqual([
    ['Ordner/', 'directory', 0n, modifiedAt],
    ['Ordner/Größe 漢字.txt', 'file', 1_000_000n, modifiedAt],
    ['link', 'link', 6n, modifiedAt],
  ])
  expect([listing?.total, file.reads <= 3]).toEqual([3n, true])
})

it('round trip of any names and sizes', async () => {
  const files = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 40 }), fc.string({ maxLength: 60 })), {
    maxLength: 12,
  })
  await fc.assert(
    fc.asyncProperty(files, async (wanted) => {
      const plain = wanted.map(([name, text]) => [name.replaceAll('/', '_'), text] as const)
      const zip = await zipOf(...plain.map(([name, text]) => entry(name, text)))
      const found = (await listed(zip)) ?? []
      expect(found.map(({ name, sizeBytes }) => [Buffer.from(name), sizeBytes])).toEqual(
        plain.map(([name, text]) => [Buffer.from(name), BigInt(Buffer.byteLength(text))]),
      )
    }),
    { numRuns: 50 },
  )
})

it('finds the list behind something that stands before it, and before a comment', async () => {
  const zip = await zipOf(entry('a', '1'), entry('b', '22'))
  zip.writeUInt16LE(5, zip.length - 2)
  const found = await listed(Buffer.concat([Buffer.from('#!/bin/sh\n'), zip, Buffer.from('hello')]))
  expect(found?.map(({ name }) => Buffer.from(name).toString())).toEqual(['a', 'b'])
})

it('counts further than sixteen bits, with the zip64 record', async () => {
  async function* many(): AsyncGenerator<ZipEntry> {
    for (let at = 0; at < 65_600; at++) yield entry(`f${at}`, '')
  }
  const zip = await collect(many())
  expect((await listZip(new MemoryAccess(zip), signal))?.total).toBe(65_600n)
  expect((await listed(zip))?.length).toBe(65_600)
})

it('a file cut anywhere is no zip; a bit that turned lists or is refused, and nothing else', async () => {
  const zip = await zipOf(entry('one.txt', 'some text'), entry('two.txt', 'more'))
  for (let length = 0; length < zip.length; length++) expect(await outcome(zip.subarray(0, length))).toBeUndefined()
  for (let bit = 0; bit < zip.length * 8; bit++) {
    const turned = Buffer.from(zip)
    turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await outcome(turned)
  }
})

it('lying lengths are refused with their field: a list larger than the file, more entries than there are', async () => {
  const zip = await zipOf(entry('one.txt', 'some text'))
  const end = zip.length - 22
  const large = Buffer.from(zip)
  large.writeUInt32LE(zip.length, end + 12)
  await expect(listed(large)).rejects.toMatchObject({ protocol: 'zip', field: 'size of the central directory' })
  const many = Buffer.from(zip)
  many.writeUInt16LE(500, end + 10)
  await expect(listed(many)).rejects.toMatchObject({ protocol: 'zip', field: 'central directory' })
})

it('random bytes after a signature never do more than being refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 0, maxLength: 300 }),
      fc.uint8Array({ minLength: 18, maxLength: 18 }),
      async (before, fields) => {
        await outcome(Buffer.concat([before, Buffer.from('504b0506', 'hex'), fields]))
      },
    ),
    { numRuns: 200 },
  )
})
