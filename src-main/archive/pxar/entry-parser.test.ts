import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { MemorySink } from '../memory-sink.fixture.ts'
import type { RecordBody } from '../record-body.ts'
import type { Metadata } from '../tree.ts'
import { writeAttributes } from './attributes.ts'
import { EntryParser, readHardlink } from './entry-parser.ts'
import { bytesOf, plainMetadata } from './golden.fixture.ts'
import { ItemWriter } from './item-writer.ts'
import { type ItemType, itemType, readHeader } from './items.ts'
import { statBytes, writeStat } from './stat.ts'
import { anyMetadata, comparable } from './trees.fixture.ts'

const bodyOf = (bytes: Uint8Array, at = 0, length = bytes.length): RecordBody => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  at,
  offset: 5000 + at,
  length,
})

function startedParser(metadata: Metadata = plainMetadata(0o644), parser = new EntryParser()): EntryParser {
  const stat = new Uint8Array(statBytes)
  writeStat(new DataView(stat.buffer), 0, 'file', metadata)
  parser.start(itemType.entry, bodyOf(stat))
  return parser
}

function write(metadata: Metadata): Uint8Array {
  const sink = new MemorySink()
  const writer = new ItemWriter(sink)
  writeAttributes(writer, metadata)
  void writer.flush()
  return sink.bytes
}

function take(parser: EntryParser, bytes: Uint8Array): void {
  const { view } = bodyOf(bytes)
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(view, at, at)
    expect(parser.attribute(header, bodyOf(bytes, at + 16, header.bodyBytes))).toBe(true)
    at += 16 + header.bodyBytes
  }
}

test('all attributes come back, and nothing of one entry stays for the next', () => {
  const parser = new EntryParser()
  fc.assert(
    fc.property(anyMetadata, anyMetadata, (first, second) => {
      for (const metadata of [first, second, plainMetadata(0o600)]) {
        startedParser(metadata, parser)
        take(parser, write(metadata))
        expect(comparable(parser.metadata())).toEqual(comparable(metadata))
      }
    }),
  )
})

test('an absent permission of a default ACL is all ones', () => {
  const defaults = { userObject: 7, other: 0, users: [], groups: [] }
  const bytes = write({ ...plainMetadata(0o755), acl: { users: [], groups: [], defaults } })
  expect(Buffer.from(bytes).toString('hex')).toBe(
    `f596685a4113bbbb3000000000000000${'0700000000000000'}${'ff'.repeat(8)}${'00'.repeat(8)}${'ff'.repeat(8)}`,
  )
})

const u64s = (...values: bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(values).buffer)

test.each<[string, ItemType, Uint8Array, string]>([
  ['a user id of 33 bits', itemType.aclUser, u64s(2n ** 32n, 7n), 'ACL id'],
  ['a group id of 64 bits', itemType.aclDefaultGroup, u64s(2n ** 64n - 1n, 7n), 'ACL id'],
  ['permissions beyond rwx', itemType.aclUser, u64s(1n, 8n), 'ACL permissions'],
  ['absent permissions in a row', itemType.aclGroup, u64s(1n, 2n ** 64n - 1n), 'ACL permissions'],
  ['a group object beyond rwx', itemType.aclGroupObject, u64s(64n), 'ACL permissions'],
  ['a default mask beyond rwx', itemType.aclDefault, u64s(7n, 7n, 7n, 2n ** 63n), 'ACL permissions'],
  ['an extended attribute without a name', itemType.xattr, bytesOf('\0value'), 'XATTR name'],
  ['an extended attribute without a NUL', itemType.xattr, bytesOf('user.name'), 'XATTR name'],
])('%s is refused', (_, type, bytes, field) => {
  try {
    startedParser().attribute({ type, bodyBytes: bytes.length }, bodyOf(bytes))
  } catch (error) {
    expect(error instanceof ProtocolError && [error.field, Number(error.offset) >= 5000]).toEqual([field, true])
    return
  }
  throw new Error('not refused')
})

test('attributes must come in order, and single ones once', () => {
  const items: [ItemType, Uint8Array][] = [
    [itemType.xattr, bytesOf('user.a\0b')],
    [itemType.aclUser, u64s(1n, 1n)],
    [itemType.aclGroup, u64s(1n, 1n)],
    [itemType.aclGroupObject, u64s(1n)],
    [itemType.aclDefault, u64s(1n, 1n, 1n, 1n)],
    [itemType.aclDefaultUser, u64s(1n, 1n)],
    [itemType.aclDefaultGroup, u64s(1n, 1n)],
    [itemType.capability, bytesOf('c')],
    [itemType.quotaProjectId, u64s(1n)],
  ]
  const isRepeatable = [true, true, true, false, false, true, true, false, false]
  for (const [i, [firstType, first]] of items.entries()) {
    for (const [j, [secondType, second]] of items.entries()) {
      const parser = startedParser()
      parser.attribute({ type: firstType, bodyBytes: first.length }, bodyOf(first))
      const next = (): boolean => parser.attribute({ type: secondType, bodyBytes: second.length }, bodyOf(second))
      if (i < j || (i === j && isRepeatable[i])) expect(next()).toBe(true)
      else expect(next).toThrow('out of order')
    }
  }
})

test('what is no attribute is left alone', () => {
  expect(startedParser().attribute({ type: itemType.filename, bodyBytes: 2 }, bodyOf(bytesOf('a\0')))).toBe(false)
})

test('a hard link has a distance and a path of proper names', () => {
  const item = Buffer.concat([u64s(77n), bytesOf('dir/file\0')])
  expect(comparable(readHardlink(bodyOf(item)))).toEqual({ distance: 77n, target: 'dir/file' })
  for (const path of ['/dir\0', 'dir/../..\0', 'dir\0\0', 'dir']) {
    expect(() => readHardlink(bodyOf(Buffer.concat([u64s(77n), bytesOf(path)])))).toThrow(ProtocolError)
  }
})
