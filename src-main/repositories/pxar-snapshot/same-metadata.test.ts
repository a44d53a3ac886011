import { expect, test } from 'vitest'
import type { Metadata } from '../../archive/tree.ts'
import { compareNames, isSameEntry, isSameMetadata } from './same-metadata.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

const full: Metadata = {
  permissions: 0o644,
  uid: 1,
  gid: 2,
  mtimeNs: 3n,
  flags: 4n,
  xattrs: [{ name: bytes('user.a'), value: bytes('x') }],
  acl: {
    users: [{ id: 5, permissions: 6 }],
    groups: [],
    groupObject: 4,
    defaults: { mask: 7, users: [], groups: [{ id: 8, permissions: 1 }] },
  },
  capability: bytes('cap'),
  quotaProjectId: 9n,
}

test('metadata equals a copy of itself', () => {
  expect(isSameMetadata(full, structuredClone(full))).toBe(true)
})

test.for<Partial<Metadata>>([
  { permissions: 0o600 },
  { uid: 9 },
  { gid: 9 },
  { mtimeNs: 4n },
  { flags: 0n },
  { xattrs: [] },
  { xattrs: [{ name: bytes('user.a'), value: bytes('y') }] },
  { xattrs: [{ name: bytes('user.b'), value: bytes('x') }] },
  { acl: undefined },
  { acl: { users: [{ id: 5, permissions: 7 }], groups: [], groupObject: 4, defaults: full.acl?.defaults } },
  { acl: { users: [{ id: 5, permissions: 6 }], groups: [], groupObject: 4 } },
  { capability: bytes('cat') },
  { capability: undefined },
  { quotaProjectId: undefined },
])('a difference in one field is seen: %o', (difference) => {
  expect(isSameMetadata(full, { ...full, ...difference })).toBe(false)
})

test('names are ordered by raw bytes, a prefix first', () => {
  const names = ['b', 'a', 'ab', 'Z', 'ä', 'a b'].map(bytes).sort(compareNames)
  expect(names.map((name) => new TextDecoder().decode(name))).toEqual(['Z', 'a', 'a b', 'ab', 'b', 'ä'])
})

test('links and nodes are the same only with the same target and numbers', () => {
  const name = bytes('n')
  const link = (target: string) => ({ kind: 'symlink', name, metadata: full, target: bytes(target) }) as const
  const device = (minor: bigint) => ({ kind: 'char-device', name, metadata: full, major: 1n, minor }) as const
  expect(isSameEntry(link('a'), link('a'))).toBe(true)
  expect(isSameEntry(link('a'), link('b'))).toBe(false)
  expect(isSameEntry(device(3n), device(3n))).toBe(true)
  expect(isSameEntry(device(3n), device(4n))).toBe(false)
  expect(isSameEntry(link('a'), device(3n))).toBe(false)
  expect(isSameEntry(link('a'), undefined)).toBe(false)
})
