import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { MemoryAccess } from '../memory-access.fixture.ts'
import { collectTree, comparable, cut, type Node, readAll, streamTree } from '../pxar/trees.fixture.ts'
import { readForward } from '../read-forward.ts'
import { CatarAccessor, type CatarDirectory, type CatarNode } from './accessor.ts'
import { decodeCatar } from './decoder.ts'
import { encodeInMemory } from './encode.fixture.ts'
import { chooseFeatures } from './feature-flags.ts'
import { anyCatarTree } from './trees.fixture.ts'
import { madeArchives, vector } from './vectors.fixture.ts'

const { signal } = new AbortController()
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const open = (archive: Uint8Array): Promise<CatarAccessor> => CatarAccessor.open(new MemoryAccess(archive), { signal })

/** The whole archive by way of its tables; and every node must be found by name, too. */
async function readTree(archive: CatarAccessor, directory: CatarDirectory): Promise<Node> {
  const children: Node[] = []
  for await (const node of archive.list(directory, signal)) {
    expect(await archive.child(directory, node.name, signal)).toEqual(node)
    children.push(await toNode(archive, node))
  }
  const { kind, name, metadata } = directory
  return { kind, name, metadata, children }
}

async function toNode(archive: CatarAccessor, node: CatarNode): Promise<Node> {
  const { name, metadata } = node
  switch (node.kind) {
    case 'directory':
      return await readTree(archive, node)
    case 'file': {
      const content = await readAll(readForward(archive.open(node), signal), 100_000)
      return { kind: 'file', name, metadata, content }
    }
    case 'symlink':
      return { kind: 'symlink', name, metadata, target: node.target }
    case 'block-device':
    case 'char-device':
      return { kind: node.kind, name, metadata, major: node.major, minor: node.minor }
    default:
      return { kind: node.kind, name, metadata }
  }
}

async function find(archive: CatarAccessor, path: string): Promise<CatarNode | undefined> {
  return await archive.lookup(path === '' ? [] : path.split('/').map(bytesOf), signal)
}

async function failure(work: Promise<unknown>): Promise<ProtocolError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof ProtocolError)) throw new Error(`not refused: ${error}`, { cause: error })
  return error
}

test.each([...madeArchives.map(([name]) => name), 'exclude.best.catar'])(
  'A-12: %s is the same through its tables as from front to back',
  async (name) => {
    const bytes = vector(name)
    const archive = await open(bytes)
    const expected = comparable(await collectTree(decodeCatar(cut(bytes, 10_000), { signal })))
    expect(comparable(await readTree(archive, archive.root))).toEqual(expected)
  },
)

test('A-12: whatever tree was written is read through its tables', async () => {
  await fc.assert(
    fc.asyncProperty(anyCatarTree, async (tree) => {
      const archive = await open(await encodeInMemory(streamTree(tree), chooseFeatures()))
      expect(comparable(await readTree(archive, archive.root))).toEqual(comparable(tree))
    }),
    { numRuns: 60 },
  )
})

describe('A-12: paths', () => {
  // What `casync digest` and `casync stat` of the real program said.
  test.each([
    ['basic.best.catar.gz', 'dir', '869fa98cbd3e16a096cadea0342bf101fe388bf29855bba639586bf2ef9d74fa'],
    ['basic.best.catar.gz', 'dir/sub', '0695c033af8dd6bf22d275828caed6bf1b1587eaf375b3c680b189adc45fc95c'],
    ['bst.best.catar', 'd17', '7b96d93e7542719d387de1e71b45d72b047f1c0f8770bc7e9756b12bfb3406f9'],
    ['basic.best.catar.gz', 'a.txt', '9e50dfa19f7c28e2fcc9cc9aa64fa3866ed2f8628097c5bde1680870ae955b01'],
    ['basic.best.catar.gz', 'link-rel', '6919ae177673d464baef797e5af10344af5471ce3e1c97dfb9829c57ea943238'],
    ['basic.best.catar.gz', 'setuid', 'f69718fa09ac3eac2140677316e3ee17497881b231db85b9d2380e978e414921'],
    ['meta.best.catar', 'all', '51cc1462469be44018cd63a33cfe7d456b4f61e1bb857deba710d2ee12337aca'],
    ['dev.best.catar', 'null', '1d445ab257e637021d294cb2774b31446bf8d34adb8df98b138d38c6ab00a6f4'],
  ])('%s: the stored bytes of %s have the digest that casync prints', async (name, path, digest) => {
    const archive = await open(vector(name))
    const node = await find(archive, path)
    if (node === undefined) throw new Error('not found')
    const stored = await readAll(readForward(archive.openStored(node), signal), 100_000)
    expect(createHash('sha512-256').update(stored).digest('hex')).toBe(digest)
  })

  test('places are those that casync stat prints', async () => {
    const basic = await open(vector('basic.best.catar.gz'))
    const starts = ['a.txt', 'link-rel', 'dir', 'setuid'].map(async (path) => (await find(basic, path))?.start)
    expect(await Promise.all(starts)).toEqual([307n, 1859n, 413n, 6006n])
  })

  test('other paths lead nowhere', async () => {
    const basic = await open(vector('basic.best.catar.gz'))
    expect(await find(basic, '')).toBe(basic.root)
    for (const path of ['b', 'dir/b', 'a.txt/b', '..', '.', 'dir/', '/a.txt']) {
      expect(await find(basic, path)).toBeUndefined()
    }
    expect(basic.featureFlags).toBe(chooseFeatures())
  })
})

test('A-04: a name is found although every item has its hash', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const directory = (name: string, children: Node[]): Node => ({
    kind: 'directory',
    name: bytesOf(name),
    metadata: { permissions: 0o755, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] },
    children,
  })
  const tree = directory(
    '',
    names.map((name) => directory(name, [])),
  )
  const bytes = await encodeInMemory(streamTree(tree), chooseFeatures())
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const table = bytes.length - 40 - 24 * names.length
  const hashes = names.map((_, slot) => view.getBigUint64(table + 16 + slot * 24 + 16, true))
  // All alike; the tree says nothing any more, and both sides must be searched.
  for (const hash of hashes) {
    const changed = Uint8Array.from(bytes)
    const changedView = new DataView(changed.buffer)
    for (const slot of names.keys()) changedView.setBigUint64(table + 16 + slot * 24 + 16, hash, true)
    const archive = await open(changed)
    const found = await Promise.all(names.map((name) => find(archive, name)))
    expect(found.filter((node) => node !== undefined).length).toBe(1)
  }
})

test('a folder of 20,000 files: an entry costs a few small reads, the list a few large ones', async () => {
  const metadata = { permissions: 0o644, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] }
  const children = Array.from({ length: 20_000 }, (_, at): Node => {
    return { kind: 'file', name: bytesOf(String(at).padStart(6, '0')), metadata, content: new Uint8Array(0) }
  })
  const tree: Node = { kind: 'directory', name: bytesOf(''), metadata, children }
  const source = new MemoryAccess(await encodeInMemory(streamTree(tree), chooseFeatures()))
  const archive = await CatarAccessor.open(source, { signal })
  source.reads = 0
  expect(await find(archive, '004321')).toMatchObject({ kind: 'file' })
  expect(source.reads).toBeLessThan(20)
  source.reads = 0
  let count = 0
  for await (const node of archive.list(archive.root, signal)) count += node.kind === 'file' ? 1 : 0
  expect(count).toBe(20_000)
  expect(source.reads).toBeLessThan(20)
})

describe('A-09, A-12: damaged tables', () => {
  test.each([
    ['ok-trailing-bytes', 'GOODBYE tail'],
    ['bad-goodbye-tail-entry-offset', 'GOODBYE tail offset'],
    ['bad-truncated', 'GOODBYE tail'],
  ])('%s cannot be opened', async (name, field) => {
    const error = await failure(open(vector(`negative/${name}.catar`)))
    expect([error.protocol, error.field]).toEqual(['catar', field])
  })

  test('a wrong offset is noticed by lists and lookups, a wrong hash leads nowhere', async () => {
    const wrongOffset = await open(vector('negative/ok-goodbye-offset-wrong.catar'))
    await failure(Array.fromAsync(wrongOffset.list(wrongOffset.root, signal)))
    await failure(find(wrongOffset, 'f'))
    const wrongHash = await open(vector('negative/ok-goodbye-hash-wrong.catar'))
    expect(await find(wrongHash, 'f')).toBeUndefined()
    expect((await Array.fromAsync(wrongHash.list(wrongHash.root, signal))).length).toBe(1)
  })

  test('unsorted and doubled names are noticed by lists', async () => {
    for (const name of ['ok-names-unsorted', 'ok-names-duplicate']) {
      const archive = await open(vector(`negative/${name}.catar`))
      expect((await failure(Array.fromAsync(archive.list(archive.root, signal)))).field).toBe('FILENAME')
    }
  })

  test('no cut and no changed byte makes it do anything but read or refuse', async () => {
    const walk = async (bytes: Uint8Array): Promise<void> => {
      const archive = await open(bytes)
      await find(archive, 'dir-acl')
      const visit = async (directory: CatarDirectory): Promise<void> => {
        for await (const node of archive.list(directory, signal)) if (node.kind === 'directory') await visit(node)
      }
      await visit(archive.root)
    }
    const tolerate = (error: unknown): void => {
      if (!(error instanceof ProtocolError)) throw error
    }
    const bytes = vector('meta.best.nodump-included.catar')
    for (let at = 0; at < bytes.length; at++) {
      await failure(walk(bytes.subarray(0, at)))
      for (const value of [0, 1, 0x80, 0xff]) {
        const changed = Uint8Array.from(bytes)
        changed[at] = value
        await walk(changed).catch(tolerate)
      }
    }
  })
})
