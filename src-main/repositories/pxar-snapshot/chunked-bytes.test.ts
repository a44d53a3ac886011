import { expect, test } from 'vitest'
import { encodeBlob } from '../../storage/blob.ts'
import { plainDigest } from '../../storage/crypt-config.ts'
import { DynamicIndex, DynamicIndexBuilder } from '../../storage/dynamic-index.ts'
import { InlineSealer } from '../../storage/seal/inline-sealer.ts'
import { StageClock } from '../stage-clock.ts'
import { ChunkFetcher } from './chunk-fetcher.ts'
import { ChunkedBytes } from './chunked-bytes.ts'

const { signal } = new AbortController()

/** A stream of three chunks of 100 bytes, the first two alike; `fetched` tells which were asked for, and how. */
function open(stages: StageClock) {
  const parts = [1, 1, 2].map((value) => new Uint8Array(100).fill(value))
  const builder = new DynamicIndexBuilder()
  for (const part of parts) builder.add(plainDigest(part), part.length)
  const stored = new Map(parts.map((part) => [plainDigest(part), encodeBlob(part, { compress: false })]))
  const fetched: (boolean | undefined)[] = []
  const fetcher = new ChunkFetcher({
    files: {
      async chunk(digest, _signal, isOnce) {
        fetched.push(isOnce)
        return new Uint8Array(stored.get(digest) ?? [])
      },
    },
    sealer: new InlineSealer(),
    isOnePass: true,
    stages,
  })
  const index = DynamicIndex.parse(builder.bytes({ createdAt: 0n }))
  return { bytes: new ChunkedBytes(index, fetcher, { isOnePass: true, stages }), fetched }
}

test('in a single pass the next chunk takes the memory of the last one, and going back fetches it again', async () => {
  const { bytes, fetched } = open(new StageClock())
  const first = await bytes.chunkAt(0, signal)
  const alike = await bytes.chunkAt(150, signal)
  expect(alike.data).toBe(first.data)
  const last = await bytes.chunkAt(250, signal)
  expect([first.data.length, last.data[0]]).toEqual([0, 2])
  expect((await bytes.chunkAt(20, signal)).data[0]).toBe(1)
  expect(fetched.every((isOnce) => isOnce === true)).toBe(true)
  expect(fetched.length).toBeGreaterThanOrEqual(3)
  expect(Buffer.from(await bytes.read(150n, 100, signal))).toEqual(
    Buffer.concat([Buffer.alloc(50, 1), Buffer.alloc(50, 2)]),
  )
})

test('it tells what was fetched and decoded, and that who waits does not write', async () => {
  let now = 0
  const stages = new StageClock(() => now++)
  const { bytes } = open(stages)
  stages.begin('write')
  for (const at of [0, 100, 200]) await bytes.chunkAt(at, signal)
  stages.end('write', 100)
  const totals = stages.totals()
  expect(totals.map(({ name }) => name)).toEqual(['fetch', 'decode', 'write'])
  expect(totals.map(({ bytes: passed }) => passed)).toEqual([200, 200, 200])
  for (const { busyMs } of totals) expect(busyMs).toBeGreaterThan(0)
})
