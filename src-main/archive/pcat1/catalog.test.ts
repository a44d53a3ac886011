import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import type { RandomAccess } from '../random-access.ts'
import type { CatalogKind } from './catalog-entry.ts'
import { CatalogEncoder } from './encoder.ts'
import { CatalogReader } from './reader.ts'

const { signal } = new AbortController()

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const access = (bytes: Uint8Array): RandomAccess => ({
  sizeBytes: BigInt(bytes.length),
  read: async (offset, length) => bytes.subarray(Number(offset), Number(offset) + length),
})

/** Spec pbs §7.9, line by line. */
const golden = Buffer.from(
  (
    '91fd60f9c46758d5' +
    '0a0166016500 80e2cfaa06' +
    '180466 05612e747874 05 80e2cfaa06 6c0162 680163 6401640b' +
    '120164 0e726f6f742e707861722e64696478 19' +
    '2c00000000000000'
  ).replaceAll(' ', ''),
  'hex',
)

type Leaf = { kind: Exclude<CatalogKind, 'directory' | 'file'>; name: string }
type Tree =
  | Leaf
  | { kind: 'file'; name: string; sizeBytes: bigint; mtimeSeconds: bigint }
  | { kind: 'directory'; name: string; children: Tree[] }

async function write(archives: readonly Tree[]): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const encoder = new CatalogEncoder({ write: (bytes) => void pieces.push(bytes) })
  const put = async (tree: Tree): Promise<void> => {
    const name = bytesOf(tree.name)
    if (tree.kind === 'directory') {
      encoder.enter(name)
      for (const child of tree.children) await put(child)
      await encoder.leave()
    } else if (tree.kind === 'file') encoder.addFile(name, tree.sizeBytes, tree.mtimeSeconds)
    else encoder.add(tree.kind, name)
  }
  for (const archive of archives) await put(archive)
  await encoder.finish()
  return Buffer.concat(pieces)
}

async function readTree(reader: CatalogReader, block: bigint): Promise<Tree[]> {
  const trees: Tree[] = []
  for (const entry of await reader.read(block, signal)) {
    const name = Buffer.from(entry.name).toString()
    if (entry.kind === 'directory') {
      trees.push({ kind: 'directory', name, children: await readTree(reader, entry.block) })
    } else trees.push({ ...entry, name })
  }
  return trees
}

async function read(bytes: Uint8Array): Promise<Tree[]> {
  const reader = await CatalogReader.open(access(bytes), signal)
  return await readTree(reader, reader.root)
}

const mtimeSeconds = 1_700_000_000n
const goldenTrees: Tree[] = [
  {
    kind: 'directory',
    name: 'root.pxar.didx',
    children: [
      { kind: 'file', name: 'a.txt', sizeBytes: 5n, mtimeSeconds },
      { kind: 'symlink', name: 'b' },
      { kind: 'hardlink', name: 'c' },
      { kind: 'directory', name: 'd', children: [{ kind: 'file', name: 'e', sizeBytes: 0n, mtimeSeconds }] },
    ],
  },
]

test('the example of the spec is written and read byte for byte', async () => {
  const written = await write(goldenTrees)
  expect(written.toString('hex')).toBe(golden.toString('hex'))
  expect(createHash('sha256').update(written).digest('hex')).toBe(
    '7c39b517be22770877e1ff219b4a3f8af1dbf4f0ed27e671e797262ac3dbfa5b',
  )
  expect(written.length).toBe(71)
  expect(await read(written)).toEqual(goldenTrees)
})

const name = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.length > 0)
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constantFrom<Leaf['kind']>('symlink', 'hardlink', 'block-device', 'char-device', 'fifo', 'socket'),
      name,
    }),
    fc.record({
      kind: fc.constant('file' as const),
      name,
      sizeBytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      mtimeSeconds: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    }),
    fc.record({ kind: fc.constant('directory' as const), name, children: fc.array(tie('tree'), { maxLength: 6 }) }),
  ),
}))
const archive = fc.record({ kind: fc.constant('directory' as const), name, children: fc.array(tree, { maxLength: 9 }) })

test('every catalog comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(archive, { maxLength: 3 }), async (archives) => {
      expect(await read(await write(archives))).toEqual(archives)
    }),
    { numRuns: 60 },
  )
})

test('a large folder among many small ones is written in pieces and found by path', async () => {
  const file = (i: number): Tree => ({ kind: 'file', name: `file-${i}`, sizeBytes: BigInt(i), mtimeSeconds: -1n })
  const large: Tree = { kind: 'directory', name: 'large', children: Array.from({ length: 40_000 }, (_, i) => file(i)) }
  const small = Array.from(
    { length: 2000 },
    (_, i): Tree => ({ kind: 'directory', name: `d${i}`, children: [file(i)] }),
  )
  const bytes = await write([{ kind: 'directory', name: 'x.pxar.didx', children: [...small, large] }])
  const reader = await CatalogReader.open(access(bytes), signal)
  const find = (path: string): ReturnType<CatalogReader['lookup']> =>
    reader.lookup(path.split('/').map(bytesOf), signal)
  expect(await find('x.pxar.didx/large/file-39999')).toMatchObject({ sizeBytes: 39_999n, mtimeSeconds: -1n })
  expect(await find('x.pxar.didx/d1999/file-1999')).toMatchObject({ sizeBytes: 1999n })
  expect(await find('x.pxar.didx/d1999/none')).toBeUndefined()
  expect(await find('x.pxar.didx/d1999/file-1999/deeper')).toBeUndefined()
})

test('a catalog cut off anywhere is refused', async () => {
  const whole = await write(goldenTrees)
  for (let length = 0; length < whole.length; length++) {
    await expect(read(whole.subarray(0, length))).rejects.toThrow(ProtocolError)
  }
})

test('no changed byte makes the reader do anything but answer or refuse', async () => {
  const whole = await write(goldenTrees)
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
      const damaged = Buffer.from(whole)
      damaged[at] = value
      await read(damaged).catch((error: unknown) => {
        if (!(error instanceof ProtocolError)) throw error
      })
    }
  }
})

test.each<[string, number, number, string]>([
  ['another magic', 0, 0, 'magic'],
  ['a block that reaches behind the end', 44, 0x7f, 'block length'],
  ['trailing bytes in a block', 8, 0x0b, 'block'],
  ['a type that does not exist', 10, 0x21, 'entry type'],
  ['a name longer than its block', 11, 0x40, 'name length'],
  ['an empty name', 11, 0, 'name length'],
  ['a directory in its own block', 43, 0, 'directory offset'],
  ['a directory before the first block', 43, 12, 'directory offset'],
  ['a root outside', 63, 0x40, 'block'],
])('%s is refused', async (_, at, value, field) => {
  const damaged = await write(goldenTrees)
  damaged[at] = value
  const error: unknown = await read(damaged).catch((reason: unknown) => reason)
  expect(error instanceof ProtocolError && error.field).toBe(field)
})

test('names that a catalog cannot hold are refused', async () => {
  const encoder = new CatalogEncoder({ write() {} })
  expect(() => encoder.enter(new Uint8Array(4096))).toThrow('4096 bytes')
  expect(() => encoder.add('fifo', bytesOf('outside'))).toThrow('outside of an archive')
  await expect(
    (async () => {
      encoder.enter(bytesOf('open'))
      await encoder.finish()
    })(),
  ).rejects.toThrow('still open')
})
