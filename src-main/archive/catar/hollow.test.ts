import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemorySink } from '../memory-sink.fixture.ts'
import { collectTree, comparable, type Node, streamTree } from '../pxar/trees.fixture.ts'
import { decodeCatar } from './decoder.ts'
import { encodeInMemory } from './encode.fixture.ts'
import { CatarEncoder } from './encoder.ts'
import { chooseFeatures } from './feature-flags.ts'
import { anyCatarTree } from './trees.fixture.ts'
import { streamOf } from './vectors.fixture.ts'

const { signal } = new AbortController()
const features = chooseFeatures()

/** The archive of a tree, and the same without the contents of its files. */
async function encodeBoth(tree: Node) {
  const output = new MemorySink()
  const contents: { start: number; sizeBytes: number }[] = []
  const onContent = (start: number, sizeBytes: number) => void contents.push({ start, sizeBytes })
  const encoder = new CatarEncoder({ output, featureFlags: features, signal, onContent })
  for await (const entry of streamTree(tree)) await encoder.add(entry)
  await encoder.finish()
  const archive = output.bytes
  const parts: Uint8Array[] = []
  let at = 0
  for (const { start, sizeBytes } of contents) {
    parts.push(archive.subarray(at, start))
    at = start + sizeBytes
  }
  return { archive, hollow: Buffer.concat([...parts, archive.subarray(at)]) }
}

async function* cut(bytes: Uint8Array, stepBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += stepBytes) yield bytes.subarray(at, at + stepBytes)
}

test('an archive without its contents tells the same tree, and where the contents are', async () => {
  await fc.assert(
    fc.asyncProperty(anyCatarTree, fc.integer({ min: 1, max: 300 }), async (tree, stepBytes) => {
      const { archive, hollow } = await encodeBoth(tree)
      const openContent = (start: number, sizeBytes: number) => streamOf(archive.subarray(start, start + sizeBytes))
      const read = await collectTree(decodeCatar(cut(hollow, stepBytes), { signal, openContent }))
      expect(comparable(read)).toEqual(comparable(tree))
    }),
    { numRuns: 60 },
  )
})

test('places in the archive and in the stream are told alike by a whole archive', async () => {
  await fc.assert(
    fc.asyncProperty(anyCatarTree, async (tree) => {
      const { archive, hollow } = await encodeBoth(tree)
      const places = async (bytes: Uint8Array, isHollow: boolean) => {
        const found: (readonly number[])[] = []
        const openContent = () => {
          throw new Error('not to be opened')
        }
        for await (const entry of decodeCatar(cut(bytes, 64), { signal, ...(isHollow && { openContent }) })) {
          if (entry.kind === 'file') found.push([entry.contentStart, Number(entry.sizeBytes), entry.streamStart])
        }
        return found
      }
      const whole = await places(archive, false)
      let leftOut = 0
      const expected = whole.map(([start = 0, size = 0]) => {
        const place = [start, size, start - leftOut]
        leftOut += size
        return place
      })
      expect(whole.every(([start, , stream]) => start === stream)).toBe(true)
      expect(await places(hollow, true)).toEqual(expected)
    }),
    { numRuns: 40 },
  )
})

test('a hollow archive that is cut short, or says impossible lengths, is refused', async () => {
  const file = { kind: 'file', name: Buffer.from('a'), metadata: { permissions: 0o644, uid: 1, gid: 1 } } as const
  const metadata = { ...file.metadata, mtimeNs: 0n, flags: 0n, xattrs: [] }
  const tree: Node = {
    kind: 'directory',
    name: new Uint8Array(0),
    metadata,
    children: [{ ...file, metadata, content: Buffer.alloc(1000, 'x') }],
  }
  const { hollow } = await encodeBoth(tree)
  const openContent = () => streamOf(new Uint8Array(0))
  const read = (bytes: Uint8Array) => Array.fromAsync(decodeCatar(cut(bytes, 50), { signal, openContent }))
  await read(hollow)
  for (let length = 0; length < hollow.length; length++) {
    await expect(read(hollow.subarray(0, length))).rejects.toMatchObject({ name: 'ProtocolError' })
  }
  const payload = hollow.indexOf(Buffer.from('c9ffdcd6931d9e8b', 'hex')) - 8
  const damaged = Buffer.from(hollow)
  damaged.writeBigUInt64LE(2n ** 53n - 2n, payload)
  await expect(read(damaged)).rejects.toMatchObject({ field: 'PAYLOAD size' })
})

test('a file by reference makes the same archive, and nothing of its content passes the encoder', async () => {
  await fc.assert(
    fc.asyncProperty(anyCatarTree, async (tree) => {
      const expected = await encodeInMemory(streamTree(tree), features)
      const pieces: Uint8Array[] = []
      const output = { write: (bytes: Uint8Array) => void pieces.push(bytes) }
      const encoder = new CatarEncoder({ output, featureFlags: features, signal })
      for await (const entry of streamTree(tree)) {
        if (entry.kind !== 'file') {
          await encoder.add(entry)
          continue
        }
        await encoder.addFileByReference({ ...entry, open: () => Promise.reject(new Error('opened')) }, async () => {
          const at = pieces.reduce((sum, { length }) => sum + length, 0)
          pieces.push(expected.subarray(at, at + Number(entry.sizeBytes)))
        })
      }
      await encoder.finish()
      expect(Buffer.concat(pieces).equals(expected)).toBe(true)
    }),
    { numRuns: 40 },
  )
})
