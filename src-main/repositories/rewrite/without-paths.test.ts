import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TreeEntry } from '../../archive/tree.ts'
import { bytes, describeTree, SampleTree } from '../sample-tree.fixture.ts'
import { RemovedPaths } from './removed-paths.ts'
import { withoutPaths } from './without-paths.ts'

const { signal } = new AbortController()
const names = ['a', 'b', 'c'] as const
const path = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))

function treeOf(paths: readonly string[]): SampleTree {
  const tree = new SampleTree()
  for (const each of paths) {
    const parents = each.split('/').slice(0, -1)
    const isBelowFile = parents.some((_, at) => tree.get(parents.slice(0, at + 1).join('/'))?.content !== undefined)
    if (!isBelowFile && tree.get(each) === undefined) tree.set(each, { content: bytes(each) })
  }
  return tree
}

/** A reader of one tree, as a repository's, but for selections, which only links need. */
const readerOf = (tree: SampleTree) => ({ walk: (): AsyncIterable<TreeEntry> => tree.entries() })

const without = (tree: SampleTree, gone: readonly string[]) => {
  const removed = new RemovedPaths(gone.map((each) => ({ tree: 'root', names: each.split('/').map(bytes) })))
  return describeTree(withoutPaths(readerOf(tree), 'root', { removed, contents: true, signal }))
}

test('what is left is the tree that never had the paths', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(path, { maxLength: 12 }),
      fc.array(path, { minLength: 1, maxLength: 4 }),
      async (all, gone) => {
        const expected = treeOf(all)
        for (const each of gone) expected.remove(each)
        expect(await without(treeOf(all), gone)).toEqual(await describeTree(expected.entries()))
      },
    ),
  )
})

test('paths of another tree, and names that only begin alike, stay', async () => {
  const tree = treeOf(['secret', 'secret2', 'folder/secret'])
  const removed = new RemovedPaths([{ tree: 'other', names: [bytes('secret2')] }])
  expect(await describeTree(withoutPaths(readerOf(tree), 'root', { removed, contents: true, signal }))).toHaveLength(5)
  expect((await without(tree, ['secret'])).map((line) => line.split(' ')[0])).toEqual([
    '',
    '/folder',
    '/folder/secret',
    '/secret2',
  ])
})
