import { expect, test } from 'vitest'
import type { Digest } from '../../../src-shared/model/digest.ts'
import type { FileEntry, TreeEntry } from '../../archive/tree.ts'
import { DynamicIndex, DynamicIndexBuilder } from '../../storage/dynamic-index.ts'
import { bytes, noise, SampleTree } from '../sample-tree.fixture.ts'
import { type ContentPlace, compareTrees } from './compare-trees.ts'

const { signal } = new AbortController()

function tree(change: (tree: SampleTree) => void = () => {}): SampleTree {
  const made = new SampleTree()
  made.set('a', { content: noise('a', 600_000) })
  made.set('folder/b', { content: noise('b', 300_000), metadata: { permissions: 0o600 } })
  made.set('folder/link', { symlink: 'b' })
  made.set('z', { hardlink: 'a' })
  change(made)
  return made
}

async function compared(
  old: AsyncIterable<TreeEntry>,
  fresh: AsyncIterable<TreeEntry>,
  placeOf: (file: FileEntry, side: 'old' | 'fresh') => ContentPlace | undefined = () => undefined,
): Promise<number | string> {
  let read = 0
  const count = (length: number) => {
    read += length
  }
  try {
    await compareTrees(old, fresh, { tree: 'root', placeOf, bytes: count, signal })
    return read
  } catch (error) {
    expect(error).toMatchObject({ code: 'copy/mismatch' })
    return error instanceof Error ? error.message : ''
  }
}

const differing: Readonly<Record<string, readonly [(tree: SampleTree) => void, string]>> = {
  'a byte of a content': [(made) => made.set('a', { content: noise('a', 600_000).with(599_999, 1) }), 'root/a'],
  'a content that is longer': [(made) => made.set('a', { content: noise('a', 600_001) }), 'root/a'],
  'the permissions of a file': [
    (made) => made.set('folder/b', { content: noise('b', 300_000), metadata: { permissions: 0o644 } }),
    'root/folder/b',
  ],
  'the target of a link': [(made) => made.set('folder/link', { symlink: 'c' }), 'root/folder/link'],
  'the target of a hard link': [(made) => made.set('z', { hardlink: 'folder/b' }), 'root/z'],
  'an entry that is missing': [(made) => made.remove('folder/b'), 'root/folder/b'],
  'the last entry that is missing': [(made) => made.remove('z'), 'root/z'],
  'an entry too many': [(made) => made.set('zz', { content: bytes('x') }), 'root'],
  'a folder that became a file': [(made) => made.set('folder', { content: bytes('x') }), 'root/folder'],
  'the owner of a name': [
    (made) => made.set('folder/b', { content: noise('b', 300_000), metadata: { permissions: 0o600, ownerName: 'x' } }),
    'root/folder/b',
  ],
}

test('trees that are the same are, and their contents were read', async () => {
  expect(await compared(tree().entries(), tree().entries())).toBe(900_000)
})

for (const [name, [change, place]] of Object.entries(differing)) {
  test(`${name} is found, and where`, async () => {
    expect(await compared(tree().entries(), tree(change).entries())).toContain(`${place} differs.`)
    expect(await compared(tree(change).entries(), tree().entries())).toContain('differs.')
  })
}

const index = (...chunks: readonly (readonly [string, number])[]) => {
  const builder = new DynamicIndexBuilder()
  // A digest, as its 64 digits are.
  for (const [letter, sizeBytes] of chunks) builder.add(letter.repeat(64) as Digest, sizeBytes)
  return DynamicIndex.parse(builder.bytes({ createdAt: 0n }))
}

test('content in the same chunks at the same places is not read, any other is', async () => {
  const old = index(['1', 500_000], ['2', 500_000], ['3', 500_000])
  /** The first chunk is another one; the rest moved on. */
  const moved = index(['4', 700_000], ['2', 500_000], ['3', 500_000])
  const other = index(['4', 700_000], ['2', 500_000], ['5', 500_000])
  const placed = (fresh: typeof old, shift: bigint) => async () =>
    await compared(tree().entries(), tree().entries(), ({ sizeBytes }, side) => {
      if (sizeBytes === 300_000n) return undefined
      const start = side === 'old' ? 600_000n : 600_000n + shift
      return { index: side === 'old' ? old : fresh, start, end: start + 600_000n }
    })
  expect(await placed(moved, 200_000n)()).toBe(300_000)
  expect(await placed(moved, 199_999n)()).toBe(900_000)
  expect(await placed(other, 200_000n)()).toBe(900_000)
})
