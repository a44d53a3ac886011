import { expect, test } from 'vitest'
import { Pace } from '../os/pace.ts'
import { simulatedPaceClock } from '../os/simulated-pace-clock.fixture.ts'
import { paceArchives } from './pace-archives.ts'
import type { ArchiveInput, Source } from './source.ts'

const signal = new AbortController().signal
const metadata = { permissions: 0, uid: 0, gid: 0, mtimeNs: 0n, flags: 0n, xattrs: [] }

function sourceOf(archive: ArchiveInput): Source {
  return {
    open: async () => ({
      async *archives() {
        yield archive
      },
      facts: () => ({ host: 'desk', roots: [] }),
      counts: () => ({ seen: 1, handedOver: 1, skipped: 0, failed: 0 }),
      close: async () => {},
    }),
  }
}

/** A tree of one file that gives as much as is asked for. */
function treeOf(sizeBytes: number): ArchiveInput {
  let left = sizeBytes
  return {
    type: 'tree',
    name: 'tree',
    excludePatterns: [],
    entries: (async function* () {
      yield {
        kind: 'file' as const,
        name: Buffer.from('a'),
        sizeBytes: BigInt(sizeBytes),
        metadata,
        open: () => ({
          read: (into: Uint8Array) => {
            const length = Math.min(left, into.length)
            left -= length
            return length
          },
          close: () => {},
        }),
      }
    })(),
  }
}

const streamOf = (pieces: readonly number[]): ArchiveInput => ({
  type: 'stream',
  name: 'stream',
  data: (async function* () {
    for (const length of pieces) yield new Uint8Array(length)
  })(),
})

const imageOf = (sizeBytes: number): ArchiveInput => ({
  type: 'image',
  name: 'image',
  sizeBytes: BigInt(sizeBytes),
  read: async (_at, length) => new Uint8Array(length),
})

async function readAll(archive: ArchiveInput): Promise<number> {
  let total = 0
  if (archive.type === 'stream') for await (const piece of archive.data) total += piece.length
  if (archive.type === 'image')
    for (; total < Number(archive.sizeBytes); ) total += (await archive.read(BigInt(total), 40_000)).length
  if (archive.type === 'tree') {
    for await (const entry of archive.entries) {
      if (entry.kind !== 'file') continue
      const content = await entry.open()
      for (let length = -1; length !== 0; total += length) length = await content.read(new Uint8Array(65_536))
      await content.close()
    }
  }
  return total
}

test.each([
  ['a tree', () => treeOf(200_000)],
  ['a stream', () => streamOf([50_000, 100_000, 50_000])],
  ['a disk', () => imageOf(200_000)],
])('%s comes whole, and as fast as it may', async (_name, make) => {
  const clock = simulatedPaceClock()
  const source = paceArchives(sourceOf(make()), new Pace(() => 100_000, clock))
  const view = await source.open({ problem: () => {} }, signal)
  for await (const archive of view.archives()) expect(await readAll(archive)).toBe(200_000)
  expect(clock.waitedMs()).toBeCloseTo(2000)
  expect(view.counts().seen).toBe(1)
})

test('without a limit a source is as it was', () => {
  const source = sourceOf(treeOf(1))
  expect(paceArchives(source, undefined)).toBe(source)
})
