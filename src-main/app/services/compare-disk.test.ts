import { expect, it } from 'vitest'
import { type Compared, compareStreams } from './compare-disk.ts'

function node(path: string, sizeBytes = 1, mtimeNs = 0n): Compared {
  const isFolder = path.endsWith('/')
  const names = path
    .split('/')
    .filter((name) => name !== '')
    .map((name) => Buffer.from(name))
  return { path: names, kind: isFolder ? 'directory' : 'file', sizeBytes: isFolder ? 0 : sizeBytes, mtimeNs }
}

async function* of(...nodes: Compared[]): AsyncGenerator<Compared> {
  yield* nodes
}

it('what is on one side only, or different, is found at any depth', async () => {
  const before = of(
    node('a/'),
    node('a/same'),
    node('a/shrunk', 9),
    node('a-gone', 5),
    node('b/'),
    node('b/x'),
    node('same'),
  )
  const after = of(
    node('a/'),
    node('a/new', 7),
    node('a/same'),
    node('a/shrunk', 4, 1n),
    node('b/'),
    node('b/x'),
    node('c'),
    node('same'),
  )
  const { differences, totals } = await compareStreams(before, after, 'docs', false)
  expect(differences).toEqual([
    {
      path: 'docs/a',
      name: 'a',
      kind: 'directory',
      change: 'changed',
      fromBytes: 0,
      toBytes: 0,
      below: { added: 1, changed: 1, removed: 0, bytes: 2 },
    },
    { path: 'docs/a-gone', name: 'a-gone', kind: 'file', change: 'removed', fromBytes: 5 },
    { path: 'docs/c', name: 'c', kind: 'file', change: 'added', toBytes: 1 },
  ])
  expect(totals).toEqual({
    added: 2,
    addedBytes: 8,
    changed: 1,
    changedBytes: -5,
    removed: 1,
    removedBytes: 5,
    identical: 2,
  })
})

it('a file that became a folder is removed as one and added as the other', async () => {
  const { totals } = await compareStreams(of(node('x', 3)), of(node('x/'), node('x/y', 4)), 'd', false)
  expect(totals).toMatchObject({ added: 1, removed: 1, changed: 0 })
})
