import { expect, test } from 'vitest'
import type { PxarEntry } from '../../archive/pxar/pxar-entry.ts'
import type { Metadata } from '../../archive/tree.ts'
import { PreviousTree } from './previous-tree.ts'

const { signal } = new AbortController()
const metadata: Metadata = { permissions: 0, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] }
const bytes = (text: string) => new TextEncoder().encode(text)
const folder = (name: string): PxarEntry => ({ kind: 'directory', name: bytes(name), metadata })
const file = (name: string): PxarEntry => ({
  kind: 'file',
  name: bytes(name),
  metadata,
  sizeBytes: 0n,
  open: () => Promise.reject(new Error('not to be opened')),
})
const leave: PxarEntry = { kind: 'leave' }

async function* of(...entries: PxarEntry[]): AsyncGenerator<PxarEntry> {
  yield* entries
}

function open(entries: AsyncIterable<PxarEntry>) {
  const gone: string[] = []
  const broken: unknown[] = []
  const observer = {
    gone: ({ name }: { readonly name: Uint8Array }) => gone.push(new TextDecoder().decode(name)),
    broken: (cause: unknown) => broken.push(cause),
  }
  return { tree: new PreviousTree(entries, observer, signal), gone, broken }
}

test('entries are found in step; those in between are gone, with all that is in them', async () => {
  const { tree, gone } = open(of(folder(''), file('a'), folder('b'), file('x'), leave, file('c'), file('d'), leave))
  await tree.enter(bytes(''))
  expect(await tree.findLeaf(bytes('c'))).toMatchObject({ kind: 'file' })
  expect(gone).toEqual(['a', 'x'])
  await tree.leave()
  expect(gone).toEqual(['a', 'x', 'd'])
})

test('a name that is new does not lose the one after it', async () => {
  const { tree } = open(of(folder(''), file('b'), leave))
  await tree.enter(bytes(''))
  expect(await tree.findLeaf(bytes('a'))).toBeUndefined()
  expect(await tree.findLeaf(bytes('b'))).toBeDefined()
})

test('inside a new folder nothing is found, and behind it everything again', async () => {
  const { tree } = open(of(folder(''), file('n'), file('z'), leave))
  await tree.enter(bytes(''))
  await tree.enter(bytes('new'))
  expect(await tree.findLeaf(bytes('z'))).toBeUndefined()
  await tree.leave()
  expect(await tree.findLeaf(bytes('z'))).toBeDefined()
})

test('a file that became a folder, and a folder that became a file, match nothing', async () => {
  const { tree, gone } = open(of(folder(''), file('a'), folder('b'), file('inside'), leave, file('c'), leave))
  await tree.enter(bytes(''))
  expect(await tree.enter(bytes('a'))).toBeUndefined()
  await tree.leave()
  expect(await tree.findLeaf(bytes('b'))).toBeUndefined()
  expect(await tree.findLeaf(bytes('c'))).toBeDefined()
  expect(gone).toEqual(['a', 'inside'])
})

test('an archive that breaks off is told, and nothing more is found', async () => {
  const failure = new Error('chunk/corrupt')
  async function* broken() {
    yield* [folder(''), file('a')]
    throw failure
  }
  const opened = open(broken())
  const { tree } = opened
  await tree.enter(bytes(''))
  expect(await tree.findLeaf(bytes('a'))).toBeDefined()
  expect(await tree.findLeaf(bytes('b'))).toBeUndefined()
  await tree.enter(bytes('c'))
  await tree.leave()
  await tree.leave()
  expect(opened.broken).toEqual([failure])
})
