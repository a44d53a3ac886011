import { expect, test } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { ContentProblem } from '../file-body.ts'
import { MemorySink } from '../memory-sink.fixture.ts'
import type { Metadata, TreeEntry } from '../tree.ts'
import { encodeTree } from './encode-tree.ts'
import { PxarEncoder } from './encoder.ts'
import {
  bytesOf,
  contentOf,
  directoryOf,
  fileOf,
  goldenArchive,
  goldenMetadata,
  goldenPayload,
  goldenPrelude,
  goldenTree,
  plainMetadata,
} from './golden.fixture.ts'

const { signal } = new AbortController()

test.each([
  { isSlow: false, blockBytes: undefined },
  { isSlow: true, blockBytes: 64 },
])('version 1 is byte for byte what the reference encoder writes ($isSlow, $blockBytes)', async (how) => {
  const output = new MemorySink(how.isSlow)
  await encodeTree(goldenTree(), new PxarEncoder({ output, signal, blockBytes: how.blockBytes }))
  expect(Buffer.from(output.bytes).toString('hex')).toBe(Buffer.from(goldenArchive).toString('hex'))
})

test('version 2 is byte for byte what the reference encoder writes, with the boundaries of its payloads', async () => {
  const output = new MemorySink()
  const payload = new MemorySink()
  const boundaries: bigint[] = []
  const encoder = new PxarEncoder({
    output,
    payload,
    prelude: goldenPrelude,
    signal,
    onPayloadBoundary: (offset) => boundaries.push(offset),
  })
  await encodeTree(goldenTree(), encoder)
  expect(Buffer.from(output.bytes).toString('hex')).toBe(Buffer.from(goldenMetadata).toString('hex'))
  expect(Buffer.from(payload.bytes).toString('hex')).toBe(Buffer.from(goldenPayload).toString('hex'))
  expect(boundaries).toEqual([0x10n, 0x25n])
})

test('re-used payloads leave no bytes, count only their metadata, and injected bytes move the position', async () => {
  const output = new MemorySink()
  const payload = new MemorySink()
  const encoder = new PxarEncoder({ output, payload, signal })
  const metadata = plainMetadata(0o644)
  await encoder.enterDirectory(bytesOf(''), plainMetadata(0o755))
  await encoder.addFile(fileOf('a', bytesOf('new')))
  expect(encoder.payloadPosition).toBe(16n + 19n)
  await encoder.advancePayload(1000n)
  expect(payload.bytes.length).toBe(16 + 19)
  await encoder.addFileByReference({ name: bytesOf('b'), metadata }, { offset: 40n, sizeBytes: 5n })
  expect(() => encoder.addFileByReference({ name: bytesOf('c'), metadata }, { offset: 40n, sizeBytes: 5n })).toThrow(
    'increase',
  )
  expect(encoder.payloadPosition).toBe(1035n)
  // Given up after an error; a second archive proves the end.
  const second = new PxarEncoder({ output: new MemorySink(), payload, signal })
  await second.enterDirectory(bytesOf(''), plainMetadata(0o755))
  await second.advancePayload(84n)
  await second.addFileByReference({ name: bytesOf('b'), metadata }, { offset: 40n, sizeBytes: 5n })
  await second.leaveDirectory()
  await second.finish()
  expect(second.payloadPosition).toBe(16n + 84n + 16n)
})

test('a file that shrank is filled with zeros, one that grew is cut, one that fails half way is filled', async () => {
  const problems: [string, ContentProblem][] = []
  const output = new MemorySink()
  const encoder = new PxarEncoder({
    output,
    signal,
    blockBytes: 256,
    onContentProblem: (path, problem) => problems.push([Buffer.from(path).toString(), problem]),
  })
  const failure = new Error('I/O error')
  const failing = contentOf(new Uint8Array(700).fill(7), 300)
  let reads = 0
  let closed = 0
  const broken = (): ReturnType<typeof contentOf> => ({
    async read(into) {
      if (++reads > 1) throw failure
      return failing.read(into)
    },
    close: () => void closed++,
  })
  const sized = (name: string, sizeBytes: number, content: string): TreeEntry => ({
    ...fileOf(name, bytesOf(content)),
    sizeBytes: BigInt(sizeBytes),
  })
  await encodeTree(
    (async function* (): AsyncGenerator<TreeEntry> {
      yield directoryOf('')
      yield directoryOf('dir')
      yield sized('short', 1000, 'abc')
      yield sized('long', 2, 'abcdef')
      yield sized('empty no more', 0, 'x')
      yield { ...fileOf('broken', bytesOf('')), sizeBytes: 700n, open: broken }
      yield sized('same', 3, 'abc')
      yield { kind: 'leave' }
      yield { kind: 'leave' }
    })(),
    encoder,
  )
  expect(problems).toEqual([
    ['dir/short', { kind: 'shrank', readBytes: 3 }],
    ['dir/long', { kind: 'grew' }],
    ['dir/empty no more', { kind: 'grew' }],
    ['dir/broken', { kind: 'failed', readBytes: expect.any(Number), cause: failure }],
  ])
  expect(closed).toBe(1)
  const text = Buffer.from(output.bytes).toString('latin1')
  expect(text).toContain(`abc${'\0'.repeat(997)}`)
  expect(text).not.toContain('abcdef')
})

test('an unreadable file and the links to it are left out and reported', async () => {
  const output = new MemorySink()
  const left: string[] = []
  await encodeTree(
    (async function* (): AsyncGenerator<TreeEntry> {
      yield directoryOf('')
      yield {
        ...fileOf('a', bytesOf('')),
        open: () => Promise.reject(new HoldfastError('file/unreadable', { detail: 'a' })),
      }
      yield { kind: 'hardlink', name: bytesOf('b'), target: bytesOf('a') }
      yield { kind: 'leave' }
    })(),
    new PxarEncoder({ output, signal }),
    (name) => left.push(Buffer.from(name).toString()),
  )
  expect(left).toEqual(['a', 'b'])
  expect(output.bytes.length).toBe(56 + 16 + 24)
})

test('entries that the format cannot hold leave nothing behind', async () => {
  const output = new MemorySink()
  const left: string[] = []
  const xattrs = [{ name: bytesOf('user.a'), value: new Uint8Array(70_000) }]
  await encodeTree(
    (async function* (): AsyncGenerator<TreeEntry> {
      yield directoryOf('')
      yield { ...fileOf('a', bytesOf('')), metadata: { ...plainMetadata(0o644), xattrs } }
      yield { kind: 'hardlink', name: bytesOf('b'), target: bytesOf('a') }
      yield { kind: 'fifo', name: bytesOf('x/y'), metadata: plainMetadata(0o644) }
      yield { kind: 'leave' }
    })(),
    new PxarEncoder({ output, signal }),
    (name) => left.push(Buffer.from(name).toString()),
  )
  expect(left).toEqual(['a', 'b', 'x/y'])
  expect(output.bytes.length).toBe(56 + 16 + 24)
})

test.each([
  ['a slash', 'a/b'],
  ['dot dot', '..'],
  ['dot', '.'],
  ['nothing', ''],
  ['a NUL', 'a\0b'],
  ['too much', 'x'.repeat(4097)],
])('a name with %s is refused', async (_, name) => {
  const encoder = new PxarEncoder({ output: new MemorySink(), signal })
  await encoder.enterDirectory(bytesOf(''), plainMetadata(0o755))
  expect(() => encoder.addSpecial('fifo', bytesOf(name), plainMetadata(0o644))).toThrow(HoldfastError)
})

test('attributes beyond the limits of the format are refused', async () => {
  const encoder = new PxarEncoder({ output: new MemorySink(), signal })
  const big = (count: number, bytes: number): Metadata => ({
    ...plainMetadata(0o644),
    xattrs: Array.from({ length: count }, (_, i) => ({ name: bytesOf(`user.${i}`), value: new Uint8Array(bytes) })),
  })
  await encoder.enterDirectory(bytesOf(''), plainMetadata(0o755))
  expect(() => encoder.addSpecial('fifo', bytesOf('a'), big(1, 66_000))).toThrow('extended attribute of')
  expect(() => encoder.addSpecial('fifo', bytesOf('b'), big(300, 65_000))).toThrow('bytes of attributes')
})

test('a hard link needs a file that came before and was not said to have one name', async () => {
  const encoder = new PxarEncoder({ output: new MemorySink(), signal })
  await encoder.enterDirectory(bytesOf(''), plainMetadata(0o755))
  await encoder.addFile({ ...fileOf('single', bytesOf('')), linkCount: 1 })
  expect(() => encoder.addHardlink(bytesOf('x'), bytesOf('single'))).toThrow(HoldfastError)
  expect(() => encoder.addHardlink(bytesOf('x'), bytesOf('none'))).toThrow(HoldfastError)
})

test('an abort stops the encoder and closes the file', async () => {
  const controller = new AbortController()
  const encoder = new PxarEncoder({ output: new MemorySink(), signal: controller.signal })
  await encoder.enterDirectory(bytesOf(''), plainMetadata(0o755))
  let closed = 0
  const endless = {
    ...fileOf('a', bytesOf('')),
    sizeBytes: 1n << 40n,
    open: () => ({
      read: (into: Uint8Array) => {
        controller.abort()
        return into.length
      },
      close: () => void closed++,
    }),
  }
  await expect(encoder.addFile(endless)).rejects.toThrow('aborted')
  expect(closed).toBe(1)
})
