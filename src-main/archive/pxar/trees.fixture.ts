import fc from 'fast-check'
import type { FileContent, Metadata, TreeEntry } from '../tree.ts'
import { bytesOf, contentOf, plainMetadata } from './golden.fixture.ts'

/** A tree as a value, to be streamed and to be compared. Files carry their content. */
export type Node =
  | Exclude<TreeEntry, { kind: 'file' | 'directory' | 'leave' }>
  | { kind: 'file'; name: Uint8Array; metadata: Metadata; content: Uint8Array }
  | { kind: 'directory'; name: Uint8Array; metadata: Metadata; children: Node[] }

export async function* streamTree(node: Node): AsyncGenerator<TreeEntry> {
  if (node.kind === 'directory') {
    yield { kind: 'directory', name: node.name, metadata: node.metadata }
    for (const child of node.children) yield* streamTree(child)
    yield { kind: 'leave' }
  } else if (node.kind === 'file') {
    const { content, ...rest } = node
    yield { ...rest, sizeBytes: BigInt(content.length), open: () => contentOf(content, 7) }
  } else yield node
}

/** Reads a stream of entries back into a tree, contents included. */
export async function collectTree(entries: AsyncIterable<TreeEntry>): Promise<Node> {
  const open: (Node & { kind: 'directory' })[] = []
  let root: Node | undefined
  for await (const entry of entries) {
    const innermost = open.at(-1)
    switch (entry.kind) {
      case 'leave':
        root = open.pop()
        break
      case 'directory': {
        const directory = { ...entry, children: [] }
        innermost?.children.push(directory)
        open.push(directory)
        break
      }
      case 'file': {
        const content = await readAll(await entry.open())
        innermost?.children.push({ kind: 'file', name: entry.name, metadata: entry.metadata, content })
        break
      }
      default:
        innermost?.children.push(entry)
    }
  }
  if (root === undefined || open.length > 0) throw new Error('the tree is not complete')
  return root
}

export async function readAll(content: FileContent, stepBytes = 11): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (;;) {
    const into = new Uint8Array(stepBytes)
    const got = await content.read(into)
    if (got === 0) break
    parts.push(into.subarray(0, got))
  }
  await content.close()
  return Buffer.concat(parts)
}

/** Every pair alike, whatever class of bytes it is made of. */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1')
  if (Array.isArray(value)) return value.map(comparable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined && typeof member !== 'function')
      .map(([key, member]) => [key, comparable(member)]),
  )
}

const nameByte = fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 0x2f)
export const anyName: fc.Arbitrary<Uint8Array> = fc
  .array(nameByte, { minLength: 1, maxLength: 12 })
  .map((bytes) => Uint8Array.from(bytes))
  .filter((name) => !['.', '..'].includes(Buffer.from(name).toString('latin1')))

const bytes = (max: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: max })
const u32 = fc.nat(0xffffffff)
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const row = fc.record({ id: u32, permissions: fc.nat(7) })
const rows = fc.array(row, { maxLength: 3 })
const optional = { requiredKeys: [] as [] }

const anyAcl = fc
  .record(
    {
      groupObject: fc.nat(7),
      defaults: fc
        .record({ userObject: fc.nat(7), groupObject: fc.nat(7), other: fc.nat(7), mask: fc.nat(7) }, optional)
        .chain((some) => fc.record({ users: rows, groups: rows }).map((lists) => ({ ...some, ...lists }))),
    },
    optional,
  )
  .chain((some) => fc.record({ users: rows, groups: rows }).map((lists) => ({ ...some, ...lists })))
  // An ACL with nothing in it leaves no items, so it cannot come back.
  .filter(
    (acl) => acl.users.length + acl.groups.length > 0 || acl.groupObject !== undefined || acl.defaults !== undefined,
  )

export const anyMetadata: fc.Arbitrary<Metadata> = fc
  .record({
    permissions: fc.nat(0o7777),
    uid: u32,
    gid: u32,
    mtimeNs: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
    flags: u64,
    xattrs: fc.array(
      fc.record({ name: anyName.map((name) => Buffer.concat([bytesOf('user.'), name])), value: bytes(20) }),
      { maxLength: 3 },
    ),
  })
  .chain((plain) =>
    fc
      .record({ acl: anyAcl, capability: bytes(24), quotaProjectId: u64 }, optional)
      .map((rest) => ({ ...plain, ...rest })),
  )

const simpleMetadata = fc.oneof({ weight: 3, arbitrary: fc.constant(plainMetadata(0o644)) }, anyMetadata)

const named = { name: anyName, metadata: simpleMetadata }
const leaf: fc.Arbitrary<Node> = fc.oneof(
  fc.record({ kind: fc.constant('file' as const), ...named, content: bytes(60) }),
  fc.record({
    kind: fc.constant('symlink' as const),
    ...named,
    target: fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 9 }).map((b) => Uint8Array.from(b)),
  }),
  fc.record({
    kind: fc.constantFrom('block-device' as const, 'char-device' as const),
    ...named,
    major: u64,
    minor: u64,
  }),
  fc.record({ kind: fc.constantFrom('fifo' as const, 'socket' as const), ...named }),
)

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.record({
      kind: fc.constant('directory' as const),
      ...named,
      children: fc.array(tie('node'), { maxLength: 6 }),
    }),
  ),
}))

const anyRoot: fc.Arbitrary<Node & { kind: 'directory' }> = fc.record({
  kind: fc.constant('directory' as const),
  name: fc.constant(new Uint8Array(0)),
  metadata: simpleMetadata,
  children: fc.array(node, { maxLength: 12 }),
})

/** Trees with unique names in a folder, and some hard links to files of folders that are complete. */
export const anyTree: fc.Arbitrary<Node & { kind: 'directory' }> = anyRoot.map((root) => {
  const files: string[] = []
  const tidy = (directory: Node & { kind: 'directory' }, path: string): void => {
    const seen = new Set<string>()
    directory.children = directory.children.filter(({ name }) => {
      const key = Buffer.from(name).toString('latin1')
      return !seen.has(key) && seen.add(key)
    })
    for (const child of [...directory.children]) {
      const name = Buffer.from(child.name).toString('latin1')
      if (child.kind === 'directory') tidy(child, `${path}${name}/`)
      else if (child.kind === 'file') {
        const target = files.at(-1)
        files.push(path + name)
        if (target === undefined || files.length % 3 !== 0 || seen.has('link')) continue
        seen.add('link')
        directory.children.push({
          kind: 'hardlink',
          name: bytesOf('link'),
          target: Uint8Array.from(Buffer.from(target, 'latin1')),
        })
      }
    }
  }
  tidy(root, '')
  return root
})

/** The bytes in pieces of at most `size`. */
export async function* cut(whole: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size)
}
