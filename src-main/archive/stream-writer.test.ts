import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemorySink } from './memory-sink.fixture.ts'
import { ItemWriter } from './pxar/item-writer.ts'
import { itemType } from './pxar/items.ts'
import { StreamWriter } from './stream-writer.ts'

test('whatever is put arrives in order, whatever the size of blocks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 300 }), { size: 'max', maxLength: 60 }),
      fc.integer({ min: 2, max: 400 }),
      async (parts, blockBytes) => {
        const sink = new MemorySink(true)
        const writer = new StreamWriter(sink, blockBytes)
        for (const part of parts) {
          writer.putBytes(part)
          await writer.settle()
        }
        expect(writer.position).toBe(parts.reduce((sum, part) => sum + part.length, 0))
        await writer.flush()
        expect(sink.bytes).toEqual(Buffer.concat(parts))
      },
    ),
  )
})

test('blocks that were handed over are never written to again', () => {
  const kept: Uint8Array[] = []
  const writer = new StreamWriter({ write: (bytes) => void kept.push(bytes) }, 1 << 20)
  const buffers = new Set<ArrayBufferLike>()
  for (const length of [10, 1 << 20, 300_000, 10, 1 << 19]) {
    writer.putBytes(new Uint8Array(length).fill(length % 251))
    writer.flush()
  }
  for (const bytes of kept) {
    expect(bytes.every((byte) => byte === bytes.length % 251)).toBe(true)
    buffers.add(bytes.buffer)
  }
  expect(buffers.size).toBe(kept.length)
})

test('a sink that copies gets the same blocks again, and two of them while it waits', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.boolean()), { size: 'max', maxLength: 60 }),
      fc.integer({ min: 2, max: 400 }),
      async (parts, blockBytes) => {
        const taken: Buffer[] = []
        const blocks = new Set<ArrayBufferLike>()
        let isSlow = false
        const write = (bytes: Uint8Array): undefined | Promise<void> => {
          blocks.add(bytes.buffer)
          if (!isSlow) return void taken.push(Buffer.from(bytes))
          return Promise.resolve().then(() => void taken.push(Buffer.from(bytes)))
        }
        const writer = new StreamWriter({ copies: true, write }, blockBytes)
        for (const [part, next] of parts) {
          writer.putBytes(part)
          isSlow = next
          await writer.flush()
        }
        expect(Buffer.concat(taken)).toEqual(Buffer.concat(parts.map(([part]) => part)))
        // Some blocks had to grow for a part; those are used on as well.
        if (parts.every(([part]) => part.length <= blockBytes)) expect(blocks.size).toBeLessThanOrEqual(2)
      },
    ),
  )
})

test('numbers are little-endian and skipped bytes move the position', () => {
  const sink = new MemorySink()
  const writer = new ItemWriter(sink)
  writer.putHeader(itemType.payload, 2 ** 40)
  writer.putU64(2 ** 33 + 5)
  writer.putBigU64(2n ** 64n - 2n)
  writer.putHalves(1, 2)
  void writer.flush()
  expect(Buffer.from(sink.bytes).toString('hex')).toBe(
    '251a7c0b1b7a1428' + '1000000000010000' + '0500000002000000' + 'feffffffffffffff' + '0100000002000000',
  )
  writer.skip(1000)
  expect(writer.position).toBe(1040)
})
