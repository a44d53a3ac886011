import { gzipSync } from 'node:zlib'
import { create } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VersionInfoSchema } from '../generated/server_pb.js'
import { readSnapshot, verifySnapshot } from '../snapshots/snapshot-reader.ts'
import { type SnapshotItem, snapshotRecords, writeSnapshot } from '../snapshots/snapshot-writer.ts'
import { never } from '../testing/server.fixture.ts'

const version = create(VersionInfoSchema, {
  api: { current: 1, minimum: 1 },
  entrypoint: { current: 1, minimum: 1 },
  version: '2.3.6',
})

async function* once_(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

describe('format', () => {
  const items: SnapshotItem[] = [{ bucket: 'system', key: 'version', value: Buffer.from('1') }]

  test('ROW-30 the snapshot of section 20, byte for byte', async () => {
    const bytes = Buffer.concat([...snapshotRecords(version, items)])
    expect(bytes.length).toBe(117)
    expect(bytes.toString('hex')).toBe(
      `170a130a04080110011204080110011a05322e332e361001160a0673797374656d120c0a0776657273696f6e120131021801420a40${Buffer.from(
        '78b622372b44341173c9629fbdf38435aff04c26a8a6f471fbeeb96e00434645',
      ).toString('hex')}`,
    )
    expect(await verifySnapshot(once_(gzipSync(bytes)), { signal: never() })).toMatch(/^78b62237/)
  })

  const file = async (given: SnapshotItem[]) => Buffer.concat(await Array.fromAsync(writeSnapshot(version, given)))
  const read = async (bytes: Uint8Array, pieceSize: number) => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / pieceSize) }, (_, i) =>
      bytes.subarray(i * pieceSize, (i + 1) * pieceSize),
    )
    const parts = await Array.fromAsync(readSnapshot(once_(...pieces), { signal: never() }))
    return parts.flatMap((part) => (part.type === 'item' ? [part.item] : []))
  }

  test('what is written is read, cut into pieces of any size', async () => {
    const item = fc.record({
      bucket: fc.constantFrom('a', 'b'),
      key: fc.string({ minLength: 1, unit: 'grapheme' }),
      value: fc.uint8Array({ maxLength: 200 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(item, { selector: ({ bucket, key }) => `${bucket} ${key}` }),
        fc.integer({ min: 1, max: 50 }),
        async (given, size) => {
          const sorted = given.toSorted((a, b) => (a.bucket < b.bucket ? -1 : a.bucket > b.bucket ? 1 : 0))
          const found = await read(await file(sorted), size)
          const byKey = (list: SnapshotItem[]) =>
            new Map(list.map(({ bucket, key, value }) => [`${bucket} ${key}`, Buffer.from(value).toString('hex')]))
          expect(byKey(found)).toEqual(byKey(sorted))
        },
      ),
      { numRuns: 30 },
    )
  })

  test('values of a bucket are spread over chunks of one MiB', async () => {
    const large = Array.from({ length: 5 }, (_, i) => ({ bucket: 'a', key: `${i}`, value: new Uint8Array(600_000) }))
    expect([...snapshotRecords(version, large)].length).toBe(1 + 5 + 1 + 1)
    expect(await read(await file(large), 100_000)).toHaveLength(5)
  })

  test('cut off at any byte, a snapshot is refused', async () => {
    const bytes = await file(items)
    for (let length = 0; length < bytes.length; length++) {
      await expect(verifySnapshot(once_(bytes.subarray(0, length)), { signal: never() }), `${length}`).rejects.toThrow(
        'vagrant snapshot',
      )
    }
  })

  test('reordered, of unknown format or kind of checksum, endless or with hostile lengths, it is refused', async () => {
    const [header, chunk, final, trailer] = [...snapshotRecords(version, items)] as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const rows: [string, Uint8Array[]][] = [
      ['chunk first', [chunk, header, final, trailer]],
      ['trailer first', [header, trailer, chunk, final]],
      ['a chunk twice', [header, chunk, chunk, final, trailer]],
      ['a chunk missing', [header, final, trailer]],
      ['no trailer', [header, chunk, final]],
      ['no checksum', [header, chunk, final, Buffer.of(0)]],
      ['5 MiB', [Buffer.of(0x80, 0x80, 0xc0, 0x02)]],
      ['a length without end', [Buffer.alloc(20, 0xff)]],
      ['another format', [Buffer.of(2, 0x10, 0x02), chunk, final, trailer]],
    ]
    for (const [name, records] of rows) {
      await expect(verifySnapshot(once_(gzipSync(Buffer.concat(records))), { signal: never() }), name).rejects.toThrow(
        'vagrant snapshot',
      )
    }
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    await expect(verifySnapshot(once_(bomb), { signal: never(), maximumBytes: 1000 })).rejects.toThrow('too large')
    await expect(verifySnapshot(once_(Buffer.from('garbage')), { signal: never() })).rejects.toThrow('gzip')
  })
})
