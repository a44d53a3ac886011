import { describe, expect, test } from 'vitest'
import type { ContentProblem } from '../file-body.ts'
import { MemorySink } from '../memory-sink.fixture.ts'
import type { Metadata, TreeEntry } from '../tree.ts'
import { encodeInMemory } from './encode.fixture.ts'
import { encodeCatarTree } from './encode-tree.ts'
import { CatarEncoder } from './encoder.ts'
import { chooseFeatures, featureFlag } from './feature-flags.ts'
import { madeArchives, readTree, streamOf, vector } from './vectors.fixture.ts'

const { signal } = new AbortController()
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const plain: Metadata = { permissions: 0o644, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] }
const root: TreeEntry = { kind: 'directory', name: bytesOf(''), metadata: { ...plain, permissions: 0o755 } }
const leave: TreeEntry = { kind: 'leave' }
const fileOf = (name: string, metadata: Partial<Metadata> = {}, content = 'x'): TreeEntry & { kind: 'file' } => ({
  kind: 'file',
  name: bytesOf(name),
  metadata: { ...plain, ...metadata },
  sizeBytes: BigInt(content.length),
  open: () => streamOf(bytesOf(content)),
})
async function* list(...entries: TreeEntry[]): AsyncGenerator<TreeEntry> {
  yield* entries
}

test.each(madeArchives)('A-02, A-03: %s is byte for byte what casync makes of %s', async (archive, tree, features) => {
  const expected = vector(archive)
  expect(Buffer.from(await encodeInMemory(readTree(tree), features)).equals(expected)).toBe(true)
  expect(Buffer.from(await encodeInMemory(readTree(tree), features, 64)).equals(expected)).toBe(true)
})

describe('what is left out', () => {
  test('kinds that the features do not have, and nodump with everything below, but never the root', async () => {
    const noDump = { flags: featureFlag.noDump }
    const directory = (name: string): TreeEntry => ({ kind: 'directory', name: bytesOf(name), metadata: plain })
    const fifo: TreeEntry = { kind: 'fifo', name: bytesOf('f'), metadata: plain }
    const marked = { ...root, metadata: { ...root.metadata, ...noDump } }
    const some = list(
      marked,
      { ...directory('a'), metadata: { ...plain, ...noDump } } as TreeEntry,
      directory('b'),
      fileOf('c'),
      leave,
      leave,
      fifo,
      fileOf('g', noDump),
      fileOf('h'),
      leave,
    )
    const features = chooseFeatures({ without: featureFlag.fifos })
    expect(await encodeInMemory(some, features)).toEqual(await encodeInMemory(list(root, fileOf('h'), leave), features))
  })

  test('what the disk would not give, and what the format cannot hold, with the reason', async () => {
    const left: [string, string][] = []
    const output = new MemorySink()
    const encoder = new CatarEncoder({ output, featureFlags: chooseFeatures(), signal })
    const entries = list(
      root,
      { kind: 'hardlink', name: bytesOf('a'), target: bytesOf('b') },
      fileOf('b', { uid: 65_535 }),
      { kind: 'char-device', name: bytesOf('c'), metadata: plain, major: 4096n, minor: 0n },
      fileOf('d'.repeat(256)),
      { kind: 'symlink', name: bytesOf('e'), metadata: plain, target: bytesOf('') },
      fileOf('f', { acl: { users: [{ id: 1, permissions: 7 }], groups: [] } }),
      fileOf('g', { xattrs: [{ name: bytesOf('user.x'), value: new Uint8Array(65_537) }] }),
      fileOf('h'),
      leave,
    )
    const onLeftOut = (name: Uint8Array, error: Error): unknown =>
      left.push([Buffer.from(name).toString().slice(0, 1), error.message])
    await encodeCatarTree(entries, encoder, { onLeftOut })
    expect(left.map(([name]) => name).join('')).toBe('abcdefg')
    expect(left.map(([, message]) => message).join('\n')).toMatchInlineSnapshot(`
      "The input is not valid. The archive format cannot hold a hard link.
      The input is not valid. The archive format cannot hold the owner 65535.
      The input is not valid. The archive format cannot hold the device number 4096:0.
      The input is not valid. The archive format cannot hold a file name that is longer than 255 bytes.
      The input is not valid. The archive format cannot hold a symbolic link whose target is empty.
      The input is not valid. An access control list has named entries, but no group entry.
      The input is not valid. The archive format cannot hold an extended attribute of 65537 bytes."
    `)
    expect(output.bytes).toEqual(await encodeInMemory(list(root, fileOf('h'), leave), chooseFeatures()))
  })
})

test('hard links become files of their own', async () => {
  const output = new MemorySink()
  const encoder = new CatarEncoder({ output, featureFlags: chooseFeatures(), signal })
  const link: TreeEntry = { kind: 'hardlink', name: bytesOf('b'), target: bytesOf('a') }
  const openLink = async (entry: typeof link): Promise<TreeEntry & { kind: 'file' }> => ({
    ...fileOf('a'),
    name: entry.name,
  })
  await encodeCatarTree(list(root, fileOf('a'), link, leave), encoder, { openLink })
  const twice = list(root, fileOf('a'), fileOf('b'), leave)
  expect(output.bytes).toEqual(await encodeInMemory(twice, chooseFeatures()))
})

test('A-06: names of owners that casync could not read are not written', async () => {
  const named = (name: string): TreeEntry => fileOf('a', { uid: 1000, gid: 1000, ownerName: name, groupName: name })
  const features = chooseFeatures()
  const without = await encodeInMemory(list(root, fileOf('a', { uid: 1000, gid: 1000 }), leave), features)
  for (const name of ['a.b', '9x', 'root', 'a$', '', 'ü', 'x'.repeat(256)]) {
    expect(await encodeInMemory(list(root, named(name), leave), features)).toEqual(without)
  }
  const withNames = await encodeInMemory(list(root, named('_x-9'), leave), features)
  expect(withNames.length).toBe(without.length + 2 * (16 + 5))
  const rootsName = list(root, fileOf('a', { ownerName: 'toor' }), leave)
  expect(await encodeInMemory(rootsName, features)).toEqual(
    await encodeInMemory(list(root, fileOf('a'), leave), features),
  )
})

test('A-06: ids are shifted and wrapped, also in ACLs, and names stay those of before', async () => {
  const shifted = async (metadata: Partial<Metadata>, shift?: number): Promise<Uint8Array> => {
    const output = new MemorySink()
    const idShift = shift === undefined ? undefined : { shift, range: 65_536 }
    const encoder = new CatarEncoder({ output, featureFlags: chooseFeatures(), signal, idShift })
    const owned = { ...root, metadata: { ...plain, uid: shift ?? 0, gid: shift ?? 0 } }
    await encodeCatarTree(list(owned, fileOf('a', metadata), leave), encoder)
    return output.bytes
  }
  const acl = (...ids: number[]) => ({
    acl: { users: ids.map((id) => ({ id, permissions: 7 })), groups: [], groupObject: 5 },
  })
  expect(await shifted({ uid: 100_007, gid: 165_537, ...acl(100_009, 165_537) }, 100_000)).toEqual(
    await shifted({ uid: 7, gid: 1, ...acl(1, 9) }),
  )
  await expect(shifted({ uid: 99_999 }, 100_000)).rejects.toThrow('below the shift')
})

test('a file that shrank is filled with zeros, and said to be', async () => {
  const problems: [string, ContentProblem][] = []
  const output = new MemorySink()
  const encoder = new CatarEncoder({
    output,
    featureFlags: chooseFeatures(),
    signal,
    onContentProblem: (path, problem) => problems.push([Buffer.from(path).toString(), problem]),
  })
  const directory: TreeEntry = { kind: 'directory', name: bytesOf('d'), metadata: plain }
  await encodeCatarTree(list(root, directory, { ...fileOf('a'), sizeBytes: 3n }, leave, leave), encoder)
  expect(problems).toEqual([['d/a', { kind: 'shrank', readBytes: 1 }]])
  const whole = list(root, directory, fileOf('a', {}, 'x\0\0'), leave, leave)
  expect(output.bytes).toEqual(await encodeInMemory(whole, chooseFeatures()))
})

test('times before 1970 become 0, others lose what is finer than the archive', async () => {
  const timeOf = async (mtimeNs: bigint, granularity: bigint): Promise<bigint> => {
    const features = chooseFeatures({ with: granularity })
    const bytes = await encodeInMemory(list({ ...root, metadata: { ...plain, mtimeNs } }, leave), features)
    return Buffer.from(bytes).readBigUInt64LE(56)
  }
  const { nanosecondTime, microsecondTime, secondTime, twoSecondTime } = featureFlag
  expect(await timeOf(-1n, nanosecondTime)).toBe(0n)
  expect(await timeOf(3_123_456_789n, nanosecondTime)).toBe(3_123_456_789n)
  expect(await timeOf(3_123_456_789n, microsecondTime)).toBe(3_123_456_000n)
  expect(await timeOf(3_123_456_789n, secondTime)).toBe(3_000_000_000n)
  expect(await timeOf(3_123_456_789n, twoSecondTime)).toBe(2_000_000_000n)
  expect(await timeOf(3_123_456_789n, 0n)).toBe(0n)
})

test('times until 2486 are kept, later ones become the last that is not taken for one before 1970', async () => {
  const last = 2n ** 64n - 2n ** 31n * 1_000_000_000n - 1n
  const timeOf = async (mtimeNs: bigint): Promise<bigint> => {
    const bytes = await encodeInMemory(list({ ...root, metadata: { ...plain, mtimeNs } }, leave), chooseFeatures())
    return Buffer.from(bytes).readBigUInt64LE(56)
  }
  expect(await timeOf(13_000_000_000_000_000_001n)).toBe(13_000_000_000_000_000_001n)
  expect(await timeOf(last)).toBe(last)
  expect(await timeOf(last + 1n)).toBe(last)
  expect(await timeOf(2n ** 70n)).toBe(last)
})

test('names out of order, entries outside of the root and unfinished trees are mistakes of the caller', async () => {
  const features = chooseFeatures()
  await expect(encodeInMemory(list(root, fileOf('b'), fileOf('a'), leave), features)).rejects.toThrow('ascending')
  await expect(encodeInMemory(list(root, fileOf('b'), fileOf('b'), leave), features)).rejects.toThrow('ascending')
  await expect(encodeInMemory(list(fileOf('b')), features)).rejects.toThrow('outside')
  await expect(encodeInMemory(list(root), features)).rejects.toThrow('not complete')
})

test('features that make unreadable archives are refused', () => {
  const make = (featureFlags: bigint) => () => new CatarEncoder({ output: new MemorySink(), featureFlags, signal })
  expect(make(0x28n)).toThrow('normal form')
  expect(make(featureFlag.userNames)).toThrow('numbers')
})

test('what is written is nested 64 deep, files counted in, and no deeper', async () => {
  const nested = (depth: number, ...inside: readonly TreeEntry[]): AsyncGenerator<TreeEntry> => {
    const directories = Array.from(
      { length: depth - 1 },
      (): TreeEntry => ({ ...root, name: bytesOf('d') }) as TreeEntry,
    )
    return list(root, ...directories, ...inside, ...Array.from({ length: depth }, () => leave))
  }
  expect((await encodeInMemory(nested(64), chooseFeatures())).length).toBeGreaterThan(64 * 100)
  await expect(encodeInMemory(nested(65), chooseFeatures())).rejects.toThrow('more than 63 folders')
  const link: TreeEntry = { kind: 'symlink', name: bytesOf('l'), metadata: plain, target: bytesOf('x') }
  expect((await encodeInMemory(nested(63, link), chooseFeatures())).length).toBeGreaterThan(63 * 100)
  await expect(encodeInMemory(nested(64, link), chooseFeatures())).rejects.toThrow('more than 63 folders')
})
