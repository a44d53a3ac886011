import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type ZipEntry, zipStream } from './zip-stream.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zip-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function* of<T>(...values: T[]): AsyncGenerator<T> {
  yield* values
}

function entry(name: string, content: string | undefined, more: Partial<ZipEntry> = {}): ZipEntry {
  return {
    name: Buffer.from(name),
    kind: content === undefined ? 'directory' : 'file',
    permissions: content === undefined ? 0o755 : 0o640,
    modifiedAt: Date.UTC(2024, 1, 29, 12, 34, 56),
    sizeBytes: content?.length ?? 0,
    content: content === undefined ? undefined : of(Buffer.from(content)),
    compress: true,
    ...more,
  }
}

async function collect(entries: AsyncIterable<ZipEntry>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of zipStream(entries)) parts.push(part)
  return Buffer.concat(parts)
}

/** Python's zipfile reads what we write; it checks every CRC. */
function extract(zip: Buffer): string {
  const path = join(folder, 'a.zip')
  writeFileSync(path, zip)
  return execFileSync(
    'python3',
    [
      '-c',
      'import zipfile,sys\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nfor i in z.infolist(): print(i.filename,i.file_size,oct(i.external_attr>>16),i.date_time[0])',
      path,
    ],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
}

it('other programs read files, folders, links, long entries and names in any script', async () => {
  const text = 'abc '.repeat(50_000)
  const zip = await collect(
    of(
      entry('Ordner', undefined),
      entry('Ordner/Größe 漢字.txt', text),
      entry('Ordner/packed.jpg', 'xyz', { compress: false }),
      entry('Ordner/link', 'packed.jpg', { kind: 'symlink', permissions: 0o777 }),
      entry('claims-to-be-huge', 'small', { sizeBytes: 5_000_000_000 }),
      entry('empty', ''),
    ),
  )
  expect(zip.length).toBeLessThan(10_000)
  expect(extract(zip).trim().split('\n')).toEqual([
    'Ordner/ 0 0o40755 2024',
    'Ordner/Größe 漢字.txt 200000 0o100640 2024',
    'Ordner/packed.jpg 3 0o100640 2024',
    'Ordner/link 10 0o120777 2024',
    'claims-to-be-huge 5 0o100640 2024',
    'empty 0 0o100640 2024',
  ])
})

it('holds more entries than sixteen bits can count', async () => {
  async function* many(): AsyncGenerator<ZipEntry> {
    for (let i = 0; i < 66_000; i++) yield entry(`f${i}`, '', { compress: false })
  }
  expect(
    extract(await collect(many()))
      .trim()
      .split('\n'),
  ).toHaveLength(66_000)
})

it('passes on the failure of a content and asks for no more entries', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('some')
    throw new Error('damaged')
  }
  await expect(collect(of(entry('a', 'x'), entry('b', 'x', { content: broken() })))).rejects.toThrow('damaged')
})

it('closes the content when nobody wants the rest', async () => {
  let isClosed = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      while (true) yield Buffer.alloc(65_536, 7)
    } finally {
      isClosed = true
    }
  }
  let parts = 0
  for await (const _ of zipStream(of(entry('a', 'x', { content: endless(), compress: false })))) if (++parts > 5) break
  expect(isClosed).toBe(true)
})

it('unzip makes the same files of it', async () => {
  const zip = await collect(
    of(
      entry('d', undefined),
      entry('d/a.txt', 'hello'),
      entry('d/l', 'a.txt', { kind: 'symlink', permissions: 0o777 }),
    ),
  )
  writeFileSync(join(folder, 'b.zip'), zip)
  try {
    execFileSync('unzip', ['-q', 'b.zip'], { cwd: folder })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return // no unzip on this computer
    throw error
  }
  expect(readFileSync(join(folder, 'd/a.txt'), 'utf8')).toBe('hello')
  expect(readlinkSync(join(folder, 'd/l'))).toBe('a.txt')
  expect(statSync(join(folder, 'd/a.txt')).mode & 0o777).toBe(0o640)
})
