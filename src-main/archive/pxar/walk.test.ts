import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryAccess } from '../memory-access.fixture.ts'
import { MemorySink } from '../memory-sink.fixture.ts'
import { PxarAccessor } from './accessor.ts'
import { encodeSplit, encodeUnified } from './archives.fixture.ts'
import { decodePxar } from './decoder.ts'
import { encodeTree } from './encode-tree.ts'
import { PxarEncoder } from './encoder.ts'
import { bytesOf, plainMetadata } from './golden.fixture.ts'
import { anyTree, collectTree, comparable, cut, type Node } from './trees.fixture.ts'
import { walkDirectory } from './walk.ts'

const { signal } = new AbortController()

test('an archive that is walked and written again is the same archive', async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, async (tree) => {
      const { metadata, payload } = await encodeSplit(tree)
      const archive = await PxarAccessor.open(new MemoryAccess(metadata), {
        signal,
        payload: new MemoryAccess(payload),
      })
      const output = new MemorySink()
      const entries = walkDirectory(archive, archive.root, { signal, path: bytesOf('') })
      await encodeTree(entries, new PxarEncoder({ output, signal }))
      expect(output.bytes).toEqual(await encodeUnified(tree))
    }),
    { numRuns: 30 },
  )
})

const metadata = plainMetadata(0o644)
const file = (name: string): Node => ({ kind: 'file', name: bytesOf(name), metadata, content: bytesOf(`in ${name}`) })
const link = (name: string, target: string): Node => ({
  kind: 'hardlink',
  name: bytesOf(name),
  target: bytesOf(target),
})
const folder = (name: string, ...children: Node[]): Node & { kind: 'directory' } => ({
  kind: 'directory',
  name: bytesOf(name),
  metadata,
  children,
})

test('links out of a folder become one file and links to it, links inside stay', async () => {
  const tree = folder(
    '',
    file('outside'),
    folder(
      'part',
      file('own'),
      link('1', 'outside'),
      folder('deep', link('2', 'outside'), link('3', 'part/own')),
      folder('part', link('4', 'part/own')),
    ),
  )
  const archive = await PxarAccessor.open(new MemoryAccess(await encodeUnified(tree)), { signal })
  const part = await archive.lookup([bytesOf('part')], signal)
  if (part?.kind !== 'directory') throw new Error('no folder')
  const entries = walkDirectory(archive, part, { signal, path: bytesOf('part') })
  const outside = { ...file('outside'), name: bytesOf('1') }
  expect(comparable(await collectTree(entries))).toEqual(
    comparable(
      folder(
        '',
        file('own'),
        outside,
        folder('deep', link('2', '1'), link('3', 'own')),
        folder('part', link('4', 'own')),
      ),
    ),
  )
})

test('a deep tree is walked and decoded without recursion', async () => {
  const depth = 9000
  const output = new MemorySink()
  const encoder = new PxarEncoder({ output, signal })
  await encoder.enterDirectory(bytesOf(''), metadata)
  for (let i = 1; i < depth; i++) await encoder.enterDirectory(bytesOf('d'), metadata)
  for (let i = 0; i < depth; i++) await encoder.leaveDirectory()
  await encoder.finish()
  const decoded = await Array.fromAsync(decodePxar(cut(output.bytes, 5000), { signal }))
  expect(decoded.length).toBe(2 * depth)
  const archive = await PxarAccessor.open(new MemoryAccess(output.bytes), { signal })
  const walked = await Array.fromAsync(walkDirectory(archive, archive.root, { signal, path: bytesOf('') }))
  expect(walked.length).toBe(2 * depth)
})
