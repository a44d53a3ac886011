import fc from 'fast-check'
import { anyName, type Node } from '../pxar/trees.fixture.ts'
import type { AclRow, Metadata } from '../tree.ts'
import { compareRows } from './acl-records.ts'
import { attributeFlags, featureFlag } from './feature-flags.ts'

/** What an archive with every feature carries unchanged. */
const id = fc.oneof(fc.constantFrom(0, 1, 65_534, 65_536, 0xffff_fffe), fc.nat(2 ** 32 - 2)).filter((n) => n !== 65_535)
const owner = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,12}$/).filter((name) => name !== 'root')
const permissions = fc.nat(7)
const row: fc.Arbitrary<AclRow> = fc
  .record({ id, permissions }, { requiredKeys: ['id', 'permissions'] })
  .chain((plain) =>
    plain.id === 0
      ? fc.constant(plain)
      : fc.option(owner).map((name) => ({ ...plain, ...(name !== null && { name }) })),
  )
const rows = fc
  .array(row, { maxLength: 3 })
  .map((list) => list.sort(compareRows).filter((next, at) => at === 0 || compareRows(list[at - 1] ?? next, next) < 0))

const accessAcl = fc.record({ users: rows, groups: rows, groupObject: permissions })
const defaultAcl = fc.record({
  userObject: permissions,
  groupObject: permissions,
  other: permissions,
  mask: permissions,
  users: rows,
  groups: rows,
})
const xattrs = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom('user.', 'trusted.'), fc.stringMatching(/^[a-z]{1,6}$/), fc.uint8Array({ maxLength: 20 })),
    {
      selector: ([space, name]) => space + name,
      maxLength: 3,
    },
  )
  .map((list) =>
    list
      .map(([space, name, value]) => ({ name: Uint8Array.from(Buffer.from(space + name)), value }))
      .sort((a, b) => Buffer.compare(a.name, b.name)),
  )
const base = fc.record({
  permissions: fc.nat(0o7777),
  uid: id,
  gid: id,
  mtimeNs: fc.bigInt({ min: 0n, max: 16_299_260_425n * 1_000_000_000n }),
  flags: fc.constant(0n),
  xattrs: fc.constant([]),
})
const named = base.chain((plain) =>
  fc
    .record(
      { ownerName: owner, groupName: owner, selinuxLabel: fc.uint8Array({ minLength: 1, maxLength: 20, min: 1 }) },
      { requiredKeys: [] },
    )
    .map(({ ownerName, groupName, ...rest }) => ({
      ...plain,
      ...rest,
      ...(plain.uid !== 0 && ownerName !== undefined && { ownerName }),
      ...(plain.gid !== 0 && groupName !== undefined && { groupName }),
    })),
)
const attributes = fc
  .bigInt({ min: 0n, max: attributeFlags })
  .map((bits) => bits & attributeFlags & ~featureFlag.noDump)

const linkMetadata = named.map((plain): Metadata => ({ ...plain, permissions: 0o777 }))
const fileMetadata: fc.Arbitrary<Metadata> = named.chain((plain) =>
  fc
    .record(
      {
        flags: attributes,
        xattrs,
        acl: accessAcl,
        capability: fc.uint8Array({ minLength: 1, maxLength: 24 }),
        quotaProjectId: fc.bigInt({ min: 1n, max: 0xffff_ffffn }),
      },
      { requiredKeys: ['xattrs', 'flags'] },
    )
    .map((rest) => ({ ...plain, ...rest })),
)
const directoryMetadata: fc.Arbitrary<Metadata> = named.chain((plain) =>
  fc
    .record(
      {
        flags: attributes,
        xattrs,
        acl: accessAcl.chain((access) => fc.option(defaultAcl).map((d) => ({ ...access, ...(d && { defaults: d }) }))),
        subvolume: fc.constantFrom('writable' as const, 'read-only' as const),
        quotaProjectId: fc.bigInt({ min: 1n, max: 0xffff_ffffn }),
      },
      { requiredKeys: ['xattrs', 'flags'] },
    )
    .map((rest) => ({ ...plain, ...rest })),
)
const nodeMetadata: fc.Arbitrary<Metadata> = named.chain((plain) => xattrs.map((list) => ({ ...plain, xattrs: list })))

const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({
    kind: fc.constant('file' as const),
    name: anyName,
    metadata: fileMetadata,
    content: fc.uint8Array({ maxLength: 60 }),
  }),
  fc.record({
    kind: fc.constant('symlink' as const),
    name: anyName,
    metadata: linkMetadata,
    target: fc.uint8Array({ minLength: 1, maxLength: 9, min: 1 }),
  }),
  fc.record({
    kind: fc.constantFrom('block-device' as const, 'char-device' as const),
    name: anyName,
    metadata: nodeMetadata,
    major: fc.bigInt({ min: 0n, max: 4095n }),
    minor: fc.bigInt({ min: 0n, max: 2n ** 20n - 1n }),
  }),
  fc.record({ kind: fc.constantFrom('fifo' as const, 'socket' as const), name: anyName, metadata: nodeMetadata }),
)

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constant('directory' as const),
      name: anyName,
      metadata: directoryMetadata,
      children: fc.array(tie('node'), { maxLength: 6 }).map(sortedOnce),
    }),
  ),
}))

/** Trees that an archive with every feature gives back as they are. */
export const anyCatarTree: fc.Arbitrary<Node & { kind: 'directory' }> = fc.record({
  kind: fc.constant('directory' as const),
  name: fc.constant(new Uint8Array(0)),
  metadata: directoryMetadata,
  children: fc.array(node, { maxLength: 12 }).map(sortedOnce),
})

function sortedOnce(children: Node[]): Node[] {
  const sorted = children.sort((a, b) => Buffer.compare(a.name, b.name))
  return sorted.filter(({ name }, at) => at === 0 || Buffer.compare(sorted[at - 1]?.name ?? name, name) < 0)
}
