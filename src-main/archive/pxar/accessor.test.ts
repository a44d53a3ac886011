import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { MemoryAccess } from '../memory-access.fixture.ts'
import { MemorySink } from '../memory-sink.fixture.ts'
import { readForward } from '../read-forward.ts'
import { PxarAccessor, type PxarDirectory, type PxarNode } from './accessor.ts'
import { encodeSplit, encodeUnified } from './archives.fixture.ts'
import { PxarEncoder } from './encoder.ts'
import { bytesOf, goldenArchive, goldenMetadata, goldenPayload, goldenTree, plainMetadata } from './golden.fixture.ts'
import { anyTree, collectTree, comparable, type Node, readAll } from './trees.fixture.ts'

const { signal } = new AbortController()

const open = (archive: Uint8Array, payload?: Uint8Array): Promise<PxarAccessor> =>
  PxarAccessor.open(new MemoryAccess(archive), {
    signal,
    payload: payload === undefined ? undefined : new MemoryAccess(payload),
  })

/** The whole archive by way of its tables; and every entry must be found by name, too. */
async function readTree(archive: PxarAccessor, directory: PxarDirectory): Promise<Node & { kind: 'directory' }> {
  const children: Node[] = []
  for await (const node of archive.list(directory, signal)) {
    const found = await archive.child(directory, node.name, signal)
    if (JSON.stringify(comparableNode(found)) !== JSON.stringify(comparableNode(node)))
      throw new Error('not found alike')
    children.push(await toNode(archive, node))
  }
  return { kind: 'directory', name: directory.name, metadata: directory.metadata, children }
}

const comparableNode = (node: PxarNode | undefined): unknown =>
  JSON.parse(JSON.stringify(comparable(node), (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)))

async function toNode(archive: PxarAccessor, node: PxarNode): Promise<Node> {
  if (node.kind === 'directory') return readTree(archive, node)
  if (node.kind !== 'file') return node
  const { kind, name, metadata, linkedTo } = node
  if (linkedTo !== undefined) return { kind: 'hardlink', name, target: linkedTo }
  const content = await readAll(readForward(await archive.open(node, signal), signal))
  return { kind, name, metadata, content }
}

test('the golden archives are read through their tables', async () => {
  const expected = comparable(await collectTree(goldenTree()))
  const unified = await open(goldenArchive)
  expect(comparable(await readTree(unified, unified.root))).toEqual(expected)
  const split = await open(goldenMetadata, goldenPayload)
  expect([split.version, Buffer.from(split.prelude ?? []).toString()]).toEqual([2, '{}'])
  expect(comparable(await readTree(split, split.root))).toEqual(expected)
})

test('paths lead to entries, a hard link to the file, and other paths nowhere', async () => {
  for (const archive of [await open(goldenArchive), await open(goldenMetadata, goldenPayload)]) {
    const find = (path: string): Promise<PxarNode | undefined> =>
      archive.lookup(path === '' ? [] : path.split('/').map(bytesOf), signal)
    const [root, file, link] = [await find(''), await find('a.txt'), await find('c')]
    expect(root).toBe(archive.root)
    if (file?.kind !== 'file' || link?.kind !== 'file') throw new Error('no files')
    expect([link.start, link.content, Buffer.from(link.linkedTo ?? []).toString()]).toEqual([
      file.start,
      file.content,
      'a.txt',
    ])
    expect(await readAll(readForward(await archive.open(link, signal), signal))).toEqual(Buffer.from('hello'))
    expect((await find('d/e'))?.kind).toBe('file')
    for (const path of ['x', 'd/x', 'a.txt/x', 'b/x', 'a', 'd/e/f']) expect(await find(path)).toBeUndefined()
  }
})

test('every entry of every tree is listed and found, in both versions', async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, async (tree) => {
      const unified = await open(await encodeUnified(tree))
      expect(comparable(await readTree(unified, unified.root))).toEqual(comparable(tree))
      const { metadata, payload } = await encodeSplit(tree, bytesOf('patterns'))
      const split = await open(metadata, payload)
      expect(comparable(await readTree(split, split.root))).toEqual(comparable(tree))
    }),
    { numRuns: 40 },
  )
})

test('files with re-used payloads, whose rows count less, are read past the padding between them', async () => {
  const output = new MemorySink()
  const payload = new MemorySink()
  const encoder = new PxarEncoder({ output, payload, signal })
  await encoder.enterDirectory(bytesOf(''), plainMetadata(0o755))
  const item = Buffer.alloc(16 + 3)
  item.set(goldenArchive.subarray(0x86, 0x86 + 8))
  item.writeBigUInt64LE(19n, 8)
  item.write('old', 16)
  const metadata = plainMetadata(0o644)
  await encoder.addFileByReference({ name: bytesOf('x'), metadata }, { offset: 16n + 100n, sizeBytes: 3n })
  await encoder.addFileByReference({ name: bytesOf('y'), metadata }, { offset: 16n + 200n, sizeBytes: 3n })
  await encoder.advancePayload(300n)
  const padding = Buffer.alloc(300)
  padding.set(item, 100)
  padding.set(item, 200)
  payload.write(padding)
  await encoder.leaveDirectory()
  await encoder.finish()
  const archive = await open(output.bytes, payload.bytes)
  expect(payload.bytes.length).toBe(16 + 300 + 16)
  const tree = await readTree(archive, archive.root)
  expect(tree.children.map((child) => child.kind === 'file' && Buffer.from(child.content).toString())).toEqual([
    'old',
    'old',
  ])
})

test('a payload that is not where the reference says is refused', async () => {
  const damaged = Uint8Array.from(goldenPayload)
  damaged[16] = 0
  const archive = await open(goldenMetadata, damaged)
  const file = await archive.lookup([bytesOf('a.txt')], signal)
  if (file?.kind !== 'file') throw new Error('no file')
  await expect(archive.open(file, signal)).rejects.toThrow(ProtocolError)
  const short = await open(goldenMetadata, goldenPayload.subarray(0, 30))
  await expect(short.open(file, signal)).rejects.toThrow('leads out of the payload stream')
})

test('an archive cut off anywhere is refused, when opened or when looked at', async () => {
  for (const archive of [goldenArchive, goldenMetadata]) {
    for (let length = 0; length < archive.length; length++) {
      const cut = archive.subarray(0, length)
      const attempt = async (): Promise<unknown> => {
        const accessor = await open(cut)
        return await accessor.lookup([bytesOf('e')], signal)
      }
      await expect(attempt()).rejects.toThrow(ProtocolError)
    }
  }
})

test('no changed byte makes the accessor do anything but answer or refuse', async () => {
  for (const whole of [goldenArchive, goldenMetadata]) {
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 1, 0x28, 0xff]) {
        const damaged = Uint8Array.from(whole)
        damaged[at] = value
        try {
          const archive = await open(damaged, goldenPayload)
          for await (const node of archive.list(archive.root, signal)) {
            if (node.kind === 'file') await archive.open(node, signal)
            if (node.kind === 'directory') await Array.fromAsync(archive.list(node, signal))
          }
          for (const name of ['a.txt', 'b', 'c', 'd', 'e']) await archive.lookup([bytesOf(name)], signal)
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error
        }
      }
    }
  }
})

/** The rows of the golden root, from its table at 0x20f: c, b, a.txt, d. */
const rowOffsetAt = (row: number): number => 0x20f + 16 + row * 24 + 8

test.each<[string, number, bigint, string]>([
  ['leads before the directory', rowOffsetAt(0), 0x20fn, 'GOODBYE row offset'],
  ['leads behind the directory', rowOffsetAt(0), 2n ** 64n - 40n, 'GOODBYE row offset'],
  ['is there twice', rowOffsetAt(0), 0x174n, 'GOODBYE row'],
  ['leads into an entry', rowOffsetAt(1), 0x20fn - 0xacn, 'entry'],
  ['leads to the middle of a name', rowOffsetAt(2), 0x1d0n, 'GOODBYE row'],
])('a row that %s is refused', async (_, at, value, field) => {
  const damaged = Buffer.from(goldenArchive)
  damaged.writeBigUInt64LE(value, at)
  const archive = await open(damaged)
  const error: unknown = await Array.fromAsync(archive.list(archive.root, signal)).catch((reason: unknown) => reason)
  expect(error instanceof ProtocolError && error.field).toBe(field)
})

test('a hard link to something that is no file, or another file, is refused', async () => {
  const wrong = Buffer.from(goldenArchive)
  wrong.writeBigUInt64LE(0xfbn - 0x9bn, 0x11d)
  const archive = await open(wrong)
  await expect(archive.lookup([bytesOf('c')], signal)).rejects.toThrow('no such file')
})

test('a table that claims millions of rows is refused before memory is taken', async () => {
  const damaged = Buffer.from(goldenArchive)
  damaged.writeBigUInt64LE(16n + 24n * 20n, damaged.length - 8)
  await expect((await open(damaged)).lookup([bytesOf('x')], signal)).rejects.toThrow('does not fit')
  damaged.writeBigUInt64LE(16n + 24n * 10_000_000n, damaged.length - 8)
  await expect((await open(damaged)).lookup([bytesOf('x')], signal)).rejects.toThrow('larger than')
})

test('names with the same hash are told apart by what is found at their place', async () => {
  // Two equal rows: the first leads to another name, as a collision would.
  const damaged = Buffer.from(goldenArchive)
  const hashOfB = damaged.subarray(0x20f + 16 + 24, 0x20f + 16 + 32)
  for (const row of [0, 2, 3]) hashOfB.copy(damaged, 0x20f + 16 + row * 24)
  expect((await (await open(damaged)).lookup([bytesOf('b')], signal))?.kind).toBe('symlink')
})

test('a folder of 120,000 entries is listed with few reads, and one of them found with fewer', async () => {
  const count = 120_000
  const output = new MemorySink(true)
  const encoder = new PxarEncoder({ output, payload: new MemorySink(), signal })
  await encoder.enterDirectory(bytesOf(''), plainMetadata(0o755))
  const metadata = plainMetadata(0o644)
  for (let i = 0; i < count; i++) {
    const pending = encoder.addFileByReference(
      { name: bytesOf(`file-${i}`), metadata, linkCount: 1 },
      { offset: BigInt(16 + i * 20), sizeBytes: 4n },
    )
    if (pending !== undefined) await pending
  }
  await encoder.leaveDirectory()
  await encoder.finish()
  const source = new MemoryAccess(output.bytes)
  const archive = await PxarAccessor.open(source, { signal })
  let listed = 0
  for await (const node of archive.list(archive.root, signal)) if (node.kind === 'file') listed++
  expect(listed).toBe(count)
  expect(source.reads).toBeLessThan(40)
  source.reads = 0
  expect((await archive.lookup([bytesOf('file-77777')], signal))?.kind).toBe('file')
  expect(source.reads).toBeLessThan(20)
})
