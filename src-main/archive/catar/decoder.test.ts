import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { MemoryAccess } from '../memory-access.fixture.ts'
import { collectTree, comparable, cut, streamTree } from '../pxar/trees.fixture.ts'
import type { TreeEntry } from '../tree.ts'
import { CatarAccessor, type CatarDirectory } from './accessor.ts'
import { decodeCatar } from './decoder.ts'
import { encodeInMemory } from './encode.fixture.ts'
import { chooseFeatures, featureFlag } from './feature-flags.ts'
import { anyCatarTree } from './trees.fixture.ts'
import { madeArchives, readTree, vector } from './vectors.fixture.ts'

const { signal } = new AbortController()

const decode = (archive: Uint8Array, pieceBytes = 1 << 20): AsyncGenerator<TreeEntry> =>
  decodeCatar(cut(archive, pieceBytes), { signal })

const drain = (archive: Uint8Array): Promise<TreeEntry[]> => Array.fromAsync(decode(archive))

const failure = async (archive: Uint8Array): Promise<ProtocolError> => {
  const error: unknown = await drain(archive).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProtocolError)) throw new Error(`not refused: ${error}`, { cause: error })
  return error
}

describe('A-01: archives of casync', () => {
  test.each(madeArchives.filter(([, , flags]) => flags === chooseFeatures({ excludeNoDump: false })))(
    '%s has everything that is in %s',
    async (archive, tree) => {
      const expected = comparable(await collectTree(readTree(tree)))
      for (const size of [1, 7, 64, 1 << 20]) {
        expect(comparable(await collectTree(decode(vector(archive), size)))).toEqual(expected)
      }
    },
  )

  test.each(['basic.best.catar.gz', 'dev.best.catar', 'longname.best.catar', 'bst.best.catar', 'tiny.best.catar'])(
    '%s has everything that is in its tree',
    async (archive) => {
      const tree = madeArchives.find(([name]) => name === archive)?.[1] ?? ''
      const expected = comparable(await collectTree(readTree(tree)))
      expect(comparable(await collectTree(decode(vector(archive), 1000)))).toEqual(expected)
    },
  )

  test.each([...madeArchives.map(([name]) => name), 'exclude.best.catar'])(
    '%s is read and written again byte for byte',
    async (archive) => {
      const bytes = vector(archive)
      const flags: bigint[] = []
      const options = { signal, onFeatureFlags: (found: bigint) => flags.push(found) }
      const tree = await collectTree(decodeCatar(cut(bytes, 10_000), options))
      expect(Buffer.from(await encodeInMemory(streamTree(tree), flags[0] ?? 0n)).equals(bytes)).toBe(true)
    },
  )
})

test('whatever tree was written is read back, in pieces of any size', async () => {
  await fc.assert(
    fc.asyncProperty(anyCatarTree, fc.integer({ min: 1, max: 500 }), async (tree, pieceBytes) => {
      const archive = await encodeInMemory(streamTree(tree), chooseFeatures())
      expect(comparable(await collectTree(decode(archive, pieceBytes)))).toEqual(comparable(tree))
    }),
    { numRuns: 80 },
  )
})

test('A-09: an archive cut off anywhere is refused', async () => {
  for (const name of ['meta.best.nodump-included.catar', 'dev.best.catar', 'tiny.best.catar']) {
    const archive = vector(name)
    for (let length = 0; length < archive.length; length++) {
      const error = await failure(archive.subarray(0, length))
      expect(error.protocol).toBe('catar')
      expect(Number(error.offset)).toBeLessThanOrEqual(length)
    }
  }
})

test('A-09: no single changed byte makes the decoder do anything but read on or refuse', async () => {
  for (const name of ['meta.best.nodump-included.catar', 'dev.best.catar']) {
    const archive = vector(name)
    for (let at = 0; at < archive.length; at++) {
      for (const value of [0, 1, 0x80, 0xff]) {
        const changed = Uint8Array.from(archive)
        changed[at] = value
        await drain(changed).catch((error: unknown) => {
          if (!(error instanceof ProtocolError)) throw error
        })
      }
    }
  }
})

test('A-09: parts cut out, doubled, moved or overwritten are read or refused, front to back and through the tables', async () => {
  const change = fc.record({
    from: fc.nat(),
    length: fc.nat(80),
    to: fc.nat(),
    kind: fc.constantFrom('cut' as const, 'double' as const, 'overwrite' as const, 'noise' as const),
    noise: fc.uint8Array({ minLength: 1, maxLength: 24 }),
  })
  const apply = (
    bytes: Buffer,
    { from, length, to, kind, noise }: typeof change extends fc.Arbitrary<infer T> ? T : never,
  ): Buffer => {
    const start = from % (bytes.length + 1)
    const part = bytes.subarray(start, start + length)
    const target = to % (bytes.length + 1)
    switch (kind) {
      case 'cut':
        return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + length)])
      case 'double':
        return Buffer.concat([bytes.subarray(0, target), part, bytes.subarray(target)])
      case 'overwrite':
        return Buffer.concat([bytes.subarray(0, target), part, bytes.subarray(target + part.length)])
      case 'noise':
        return Buffer.concat([bytes.subarray(0, target), noise, bytes.subarray(target + noise.length)])
    }
  }
  const tolerate = (error: unknown): void => {
    if (!(error instanceof ProtocolError)) throw error
  }
  const visit = async (bytes: Uint8Array): Promise<void> => {
    const archive = await CatarAccessor.open(new MemoryAccess(bytes), { signal })
    const open: CatarDirectory[] = [archive.root]
    for (let directory = open.pop(); directory !== undefined; directory = open.pop()) {
      for await (const node of archive.list(directory, signal)) if (node.kind === 'directory') open.push(node)
    }
  }
  await fc.assert(
    fc.asyncProperty(anyCatarTree, fc.array(change, { minLength: 1, maxLength: 3 }), async (tree, changes) => {
      const good = Buffer.from(await encodeInMemory(streamTree(tree), chooseFeatures()))
      const bad = changes.reduce(apply, good)
      await collectTree(decode(bad, 200)).catch(tolerate)
      await visit(bad).catch(tolerate)
    }),
    { numRuns: 100 },
  )
})

describe('A-09: the negative vectors', () => {
  test.each<[string, string]>([
    ['bad-device-major', 'DEVICE major'],
    ['bad-fcaps-before-selinux', 'SELINUX'],
    ['bad-feature-flags-differ', 'ENTRY feature flags'],
    ['bad-feature-flags-unknown', 'ENTRY feature flags'],
    ['bad-flags-on-symlink', 'ENTRY flags'],
    ['bad-goodbye-tail-entry-offset', 'GOODBYE tail offset'],
    ['bad-group-before-user', 'USER'],
    ['bad-name-dotdot', 'FILENAME'],
    ['bad-name-slash', 'FILENAME'],
    ['bad-quota-zero', 'QUOTA_PROJID'],
    ['bad-root-is-file', 'ENTRY mode'],
    ['bad-symlink-empty', 'SYMLINK size'],
    ['bad-symlink-mode', 'ENTRY mode'],
    ['bad-truncated', 'GOODBYE tail'],
    ['bad-uid-4294967295', 'ENTRY uid'],
    ['bad-uid-65535', 'ENTRY uid'],
    ['bad-unknown-record', 'record type'],
    ['bad-user-digit', 'USER'],
    ['bad-user-dot', 'USER'],
    ['bad-user-root', 'USER'],
    ['bad-xattr-duplicate', 'XATTR name'],
    ['bad-xattr-order', 'XATTR name'],
    // These casync takes, and loses files on extraction.
    ['ok-names-duplicate', 'FILENAME'],
    ['ok-names-unsorted', 'FILENAME'],
  ])('%s is refused for its %s', async (name, field) => {
    expect((await failure(vector(`negative/${name}.catar`))).field).toBe(field)
  })

  test.each([
    'ok',
    'ok-goodbye-hash-wrong',
    'ok-goodbye-offset-wrong',
    'ok-quota-projid',
    'ok-trailing-bytes',
    'ok-usec-multiple-of-1ms',
    // casync asks for whole milliseconds here, by mistake.
    'bad-usec-1us',
  ])('%s is read', async (name) => {
    expect((await drain(vector(`negative/${name}.catar`))).at(-1)).toEqual({ kind: 'leave' })
  })
})

/** The archive with bytes replaced. */
function patched(archive: Uint8Array, at: number, bytes: readonly number[]): Uint8Array {
  const copy = Uint8Array.from(archive)
  copy.set(bytes, at)
  return copy
}

const tiny = vector('tiny.best.catar')
const u64 = (value: bigint): number[] => [...new Uint8Array(BigUint64Array.of(value).buffer)]

test.each<[string, Uint8Array, string, number]>([
  ['a known low half with another high half', patched(tiny, 15, [0]), 'record type', 8],
  ['a size below the header', patched(tiny, 64, u64(15n)), 'FILENAME size', 64],
  ['a name of 256 bytes', patched(tiny, 64, u64(16n + 257n)), 'FILENAME size', 64],
  ['an enormous size', patched(tiny, 64, u64(2n ** 64n - 1n)), 'FILENAME size', 64],
  ['a payload of 2^63 bytes', patched(tiny, 154, u64(2n ** 63n)), 'PAYLOAD size', 154],
  ['a payload beyond the end', patched(tiny, 154, u64(2n ** 40n)), 'PAYLOAD', 382],
  ['a name with NUL inside', patched(tiny, 81, [0]), 'FILENAME', 80],
  ['a name without NUL', patched(tiny, 89, [1]), 'FILENAME', 89],
  ['a kind of file that does not exist', patched(tiny, 115, [0xf0]), 'ENTRY mode', 114],
  ['a table with an item too many', patched(tiny, 294, u64(88n + 24n)), 'GOODBYE size', 294],
  ['a table without its marker', patched(tiny, 374, [0]), 'GOODBYE tail', 374],
  ['a table whose tail has another size', patched(tiny, 366, u64(87n)), 'GOODBYE tail size', 366],
  ['an entry without a name', patched(tiny, 64, [...tiny.subarray(0, 16)]), 'ENTRY', 64],
  ['a time that is none', patched(tiny, 56, u64(2n ** 64n - 1n)), 'ENTRY mtime', 56],
])('%s is refused', async (_, archive, field, offset) => {
  const error = await failure(archive)
  expect([error.field, Number(error.offset)]).toEqual([field, offset])
})

test.each<[string, bigint, bigint]>([
  ['in 2262', 2n ** 63n, 2n ** 63n],
  ['in 2381', 13_000_000_000_000_000_001n, 13_000_000_000_000_000_001n],
  ['a second before 1970', 2n ** 64n - 1_000_000_000n, -1_000_000_000n],
  ['in 1901', 2n ** 64n - 2n ** 31n * 1_000_000_000n, -(2n ** 31n) * 1_000_000_000n],
])('a time %s is what casync made it of', async (_, stored, mtimeNs) => {
  const entries = decodeCatar(cut(patched(tiny, 56, u64(stored)), 100), { signal })
  expect((await entries.next()).value).toMatchObject({ metadata: { mtimeNs } })
  await entries.return(undefined)
})

test('an archive must have the flags of its index', async () => {
  const flags = chooseFeatures({ digest: 'sha256' })
  const entries = decodeCatar(cut(tiny, 100), { signal, featureFlags: flags })
  await expect(entries.next()).rejects.toThrow('feature flags')
})

test('records that the flags rule out are refused', async () => {
  const archive = vector('meta.xattrs-only.catar')
  // Every ENTRY loses the bit, so that only the records contradict it.
  const view = new DataView(archive.buffer)
  for (let at = 0; at + 24 <= archive.length; at++) {
    if (view.getBigUint64(at + 8, true) !== 0x1396fabcea5bbb51n) continue
    view.setBigUint64(at + 16, view.getBigUint64(at + 16, true) & ~featureFlag.xattrs, true)
  }
  expect((await failure(archive)).field).toBe('XATTR')
})

test('too many attributes are refused before they fill the memory', async () => {
  let sent = 0
  const endless = (async function* (): AsyncGenerator<Uint8Array> {
    yield vector('meta.best.catar').subarray(0, 64)
    for (;;) {
      const name = `user.${String(sent++).padStart(8, '0')}`
      const record = Buffer.alloc(16 + name.length + 1 + 65_000)
      record.writeBigUInt64LE(BigInt(record.length), 0)
      record.writeBigUInt64LE(0xb8157091f80bc486n, 8)
      record.write(name, 16)
      yield record
    }
  })()
  await expect(Array.fromAsync(decodeCatar(endless, { signal }))).rejects.toThrow('bytes of attributes')
  expect(sent).toBeLessThan(300)
})

test('content that is not read, or only begun, is skipped; nothing behind the end is read', async () => {
  let isClosed = false
  const pieces = (async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* cut(vector('basic.best.catar.gz'), 30_000)
      throw new Error('read on behind the end')
    } finally {
      isClosed = true
    }
  })()
  let files = 0
  for await (const entry of decodeCatar(pieces, { signal })) {
    if (entry.kind !== 'file') continue
    if (files++ % 2 === 0 && entry.sizeBytes > 0n) expect(await (await entry.open()).read(new Uint8Array(1))).toBe(1)
  }
  const inTree = (await Array.fromAsync(readTree('basic.tree.json'))).filter(({ kind }) => kind === 'file').length
  expect([files, isClosed]).toEqual([inTree, true])
})

test('an abort ends the reading', async () => {
  const controller = new AbortController()
  const entries = decodeCatar(cut(tiny, 20), { signal: controller.signal })
  await entries.next()
  controller.abort()
  await expect(entries.next()).rejects.toThrow('aborted')
})
