import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { encodeSplit, encodeUnified, openIn } from './archives.fixture.ts'
import { decodePxar } from './decoder.ts'
import {
  bytesOf,
  goldenArchive,
  goldenMetadata,
  goldenMtimeNs,
  goldenPayload,
  goldenTree,
  plainMetadata,
} from './golden.fixture.ts'
import type { PxarEntry } from './pxar-entry.ts'
import { anyTree, collectTree, comparable, cut, type Node } from './trees.fixture.ts'

const { signal } = new AbortController()

const decode = (archive: Uint8Array, pieceBytes = 1 << 20): AsyncGenerator<PxarEntry> =>
  decodePxar(cut(archive, pieceBytes), { signal })

const drain = async (archive: Uint8Array, pieceBytes?: number): Promise<PxarEntry[]> =>
  Array.fromAsync(decode(archive, pieceBytes))

const failure = async (archive: Uint8Array): Promise<ProtocolError> => {
  const error: unknown = await drain(archive).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProtocolError)) throw new Error(`not refused: ${error}`, { cause: error })
  return error
}

test('the golden archives are read in pieces of every size', async () => {
  const expected = comparable(await collectTree(goldenTree()))
  const openPayload = openIn(goldenPayload)
  for (let size = 1; size <= 140; size++) {
    expect(comparable(await collectTree(decode(goldenArchive, size)))).toEqual(expected)
    const preludes: string[] = []
    const split = decodePxar(cut(goldenMetadata, size), {
      signal,
      openPayload,
      onPrelude: (prelude) => preludes.push(Buffer.from(prelude).toString()),
    })
    expect(comparable(await collectTree(split))).toEqual(expected)
    expect(preludes).toEqual(['{}'])
  }
})

test('files of a split archive carry their place in the payload stream', async () => {
  const entries = await drain(goldenMetadata)
  expect(entries.flatMap((entry) => (entry.kind === 'file' ? [entry.payload] : []))).toEqual([
    { offset: 0x10n, sizeBytes: 5n },
    { offset: 0x25n, sizeBytes: 0n },
  ])
})

test('whatever tree was written is read back, unified and split', async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, fc.integer({ min: 1, max: 500 }), async (tree, pieceBytes) => {
      const expected = comparable(tree)
      const unified = await encodeUnified(tree, 200)
      expect(comparable(await collectTree(decode(unified, pieceBytes)))).toEqual(expected)
      expect(await encodeUnified(tree)).toEqual(unified)
      const { metadata, payload } = await encodeSplit(tree)
      const split = decodePxar(cut(metadata, pieceBytes), { signal, openPayload: openIn(payload) })
      expect(comparable(await collectTree(split))).toEqual(expected)
    }),
    { numRuns: 60 },
  )
})

test('content that is not read, or only begun, is skipped', async () => {
  const archive = await encodeUnified({
    kind: 'directory',
    name: bytesOf(''),
    metadata: plainMetadata(0o755),
    children: ['a', 'b', 'c'].map(
      (name): Node => ({
        kind: 'file',
        name: bytesOf(name),
        metadata: plainMetadata(0o644),
        content: new Uint8Array(5000).fill(65),
      }),
    ),
  })
  const names: string[] = []
  for await (const entry of decode(archive, 100)) {
    if (entry.kind !== 'file') continue
    names.push(Buffer.from(entry.name).toString())
    if (names.length === 2) expect(await (await entry.open()).read(new Uint8Array(10))).toBe(10)
  }
  expect(names).toEqual(['a', 'b', 'c'])
})

test('an archive cut off anywhere is refused', async () => {
  for (const archive of [goldenArchive, goldenMetadata]) {
    for (let length = 0; length < archive.length; length++) {
      const error = await failure(archive.subarray(0, length))
      expect(error.protocol).toBe('pxar')
      expect(Number(error.offset)).toBeLessThanOrEqual(length)
    }
  }
})

test('bytes after the root directory are refused', async () => {
  expect((await failure(Buffer.concat([goldenArchive, new Uint8Array(1)]))).field).toBe('item header')
  expect((await failure(Buffer.concat([goldenArchive, goldenArchive]))).field).toBe('ENTRY')
})

test('the pieces are closed when the reader stops early', async () => {
  let isClosed = false
  const pieces = (async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield goldenArchive
    } finally {
      isClosed = true
    }
  })()
  for await (const entry of decodePxar(pieces, { signal })) if (entry.kind === 'symlink') break
  expect(isClosed).toBe(true)
})

/** The golden archive with bytes replaced. */
function patched(at: number, bytes: readonly number[], archive: Uint8Array = goldenArchive): Uint8Array {
  const copy = Uint8Array.from(archive)
  copy.set(bytes, at)
  return copy
}

const u64 = (value: bigint): number[] => [...new Uint8Array(BigUint64Array.of(value).buffer)]

test.each<[string, Uint8Array, string, number]>([
  ['an unknown item', patched(0x38, [0]), 'item type', 0x38],
  ['a known low half with another high half', patched(0x3c, [0]), 'item type', 0x38],
  ['a size below the header', patched(0x40, u64(15n)), 'FILENAME size', 0x40],
  ['a name of 4097 bytes', patched(0x40, u64(16n + 4098n)), 'FILENAME size', 0x40],
  ['an enormous size', patched(0x40, u64(2n ** 64n - 1n)), 'FILENAME size', 0x40],
  ['an enormous payload', patched(0x8e, u64(2n ** 63n)), 'PAYLOAD size', 0x8e],
  ['a payload beyond the end', patched(0x8e, u64(2n ** 40n)), 'PAYLOAD', 0x297],
  ['a name without NUL', patched(0x4d, [1]), 'FILENAME', 0x4d],
  ['a name with NUL inside', patched(0x49, [0]), 'FILENAME', 0x48],
  ['a name with a slash', patched(0x49, [0x2f]), 'FILENAME', 0x48],
  ['the name .', patched(0x9b + 16, [0x2e]), 'FILENAME', 0x9b + 16],
  ['a type of file that does not exist', patched(0x4e + 17, [0xf0]), 'ENTRY mode', 0x5e],
  ['a root that is no directory', patched(17, [0x81]), 'ENTRY mode', 16],
  ['a billion nanoseconds', patched(0x30, [0, 0xca, 0x9a, 0x3b]), 'ENTRY mtime', 0x30],
  ['a symbolic link with a payload', patched(0x4e + 17, [0xa1]), 'PAYLOAD', 0x86],
  ['a directory with a payload', patched(0x4e + 17, [0x41]), 'PAYLOAD', 0x86],
  ['a hard link to itself', patched(0x11d, u64(0n)), 'HARDLINK distance', 0x11d],
  ['a hard link to before the first entry', patched(0x11d, u64(0xc4n)), 'HARDLINK distance', 0x11d],
  ['a hard link forward', patched(0x11d, u64(2n ** 64n - 8n)), 'HARDLINK distance', 0x11d],
  ['a hard link with an absolute target', patched(0x125, [0x2f]), 'HARDLINK', 0x11d],
  ['a table with a row too many', patched(0x1d7, u64(0x58n)), 'GOODBYE size', 0x1d7],
  ['a table without its marker', patched(0x1f7, [0]), 'GOODBYE tail', 0x1f7],
  ['a table whose tail has another size', patched(0x207, u64(0x41n)), 'GOODBYE tail size', 0x207],
  ['an entry without a name', patched(0x38, [...goldenArchive.subarray(0, 16)]), 'ENTRY', 0x38],
  ['version 3', patched(16, [3], goldenMetadata), 'FORMAT_VERSION', 16],
  ['a payload before the stream begins', patched(0xc0, u64(15n), goldenMetadata), 'PAYLOAD_REF offset', 0xc0],
  ['a payload inside of the one before', patched(0xc8, u64(6n), goldenMetadata), 'PAYLOAD_REF offset', 0x204],
])('%s is refused', async (_, archive, field, offset) => {
  const error = await failure(archive)
  expect([error.field, Number(error.offset)]).toEqual([field, offset])
})

test('no single changed byte makes the decoder do anything but read on or refuse', async () => {
  for (const archive of [goldenArchive, goldenMetadata]) {
    for (let at = 0; at < archive.length; at++) {
      for (const value of [0, 1, 0x80, 0xff]) {
        await drain(patched(at, [value], archive)).catch((error: unknown) => {
          if (!(error instanceof ProtocolError)) throw error
        })
      }
    }
  }
})

test('attributes out of order are refused', async () => {
  const archive = await encodeUnified({
    kind: 'directory',
    name: bytesOf(''),
    metadata: { ...plainMetadata(0o755), capability: Uint8Array.of(1), quotaProjectId: 2n },
    children: [],
  })
  const entryEnd = 56
  const capability = archive.subarray(entryEnd, entryEnd + 17)
  const quota = archive.subarray(entryEnd + 17, entryEnd + 17 + 24)
  const rest = archive.subarray(entryEnd + 41)
  const head = archive.subarray(0, entryEnd)
  expect((await failure(Buffer.concat([head, quota, capability, rest]))).field).toBe('FCAPS')
  expect((await failure(Buffer.concat([head, quota, quota, rest]))).field).toBe('QUOTA_PROJID')
})

test('too many attributes are refused before they fill the memory', async () => {
  const value = new Uint8Array(65_000)
  const xattr = Buffer.alloc(16 + 3 + value.length)
  xattr.set([0x03, 0xcd, 0x7d, 0xb5, 0x29, 0x02, 0xab, 0x0d])
  xattr.writeBigUInt64LE(BigInt(xattr.length), 8)
  xattr.write('ab\0', 16)
  let sent = 0
  const endless = (async function* (): AsyncGenerator<Uint8Array> {
    yield goldenArchive.subarray(0, 56)
    for (;;) {
      sent++
      yield xattr
    }
  })()
  await expect(Array.fromAsync(decodePxar(endless, { signal }))).rejects.toThrow('bytes of attributes')
  expect(sent).toBeLessThan(300)
})

test('archives with the stat of version 1 are read', async () => {
  // The root's and every other ENTRY becomes an ENTRY_V1: 8 bytes less, the time as nanoseconds.
  const parts: Uint8Array[] = []
  let from = 0
  for (const at of [0, 0x4e, 0xad, 0x13d, 0x187]) {
    const entry = Buffer.alloc(48)
    entry.set([0xff, 0xce, 0x1c, 0x1c, 0x0a, 0x85, 0xda, 0x11, 48])
    entry.set(goldenArchive.subarray(at + 16, at + 40), 16)
    entry.writeBigUInt64LE(goldenMtimeNs, 40)
    parts.push(goldenArchive.subarray(from, at), entry)
    from = at + 56
  }
  parts.push(goldenArchive.subarray(from))
  const old = Buffer.concat(parts)
  // The distance of the hard link spans one ENTRY and two names: two ENTRYs, 16 bytes less.
  old.writeBigUInt64LE(0xc3n - 16n, 0x11d - 24)
  expect(comparable(await collectTree(decode(old)))).toEqual(comparable(await collectTree(goldenTree())))
})

test('an abort ends the reading', async () => {
  const controller = new AbortController()
  const entries = decodePxar(cut(goldenArchive, 20), { signal: controller.signal })
  await entries.next()
  controller.abort()
  await expect(entries.next()).rejects.toThrow('aborted')
})
